"""From the facts of a case to its dates: the day of announcement in both readings, and the ends of the periods."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from postbox.errors import NoRule
from postbox.law.calendar import Place, calendar_version, is_free, legal_day, next_workday
from postbox.law.computation import Announced, Case, Computation, Reason
from postbox.law.regimes import Regime, Rule, Shift, Start, rule_for

_YEAR: Final = 12
_MAX_MONTHS: Final = 24


@dataclass(frozen=True, kw_only=True)
class _Announcement:
    """The day of announcement in both readings, before any period."""

    state: Announced
    strict: date | None = None
    lenient: date | None = None
    retrieve_until: date | None = None
    contestable: bool = False
    reasons: tuple[Reason, ...] = field(default=())


def compute(case: Case) -> Computation:
    """Compute every date of the case. Pure: same facts, tables and calendar, same answer. Raises NoRule."""
    rule = rule_for(case.regime, legal_day(case.available_at), case.issued_on)
    announcement = _ANNOUNCE[rule.start](case, rule)
    months = _months(case, rule)
    strict_end = _end(announcement.strict, months, case.authority)
    lenient_end = _end(announcement.lenient, months, case.authority)
    year_end = _end(announcement.lenient, months and _YEAR, case.authority)
    last = lenient_end if case.remedy_information_complete else year_end
    final = last + timedelta(days=1) if last and announcement.state is Announced.YES else None
    ends = _end_reasons(case, rule, announcement, strict_end, final)
    return Computation(
        case=case,
        rule_id=rule.id,
        calendar_version=calendar_version(),
        announced=announcement.state,
        announced_strict=announcement.strict,
        announced_lenient=announcement.lenient,
        end_strict=strict_end,
        end_lenient=lenient_end,
        fallback_end=year_end,
        retrieve_until=announcement.retrieve_until,
        citizen_safe_until=strict_end,
        final_not_before=final,
        disputed=rule.shift is Shift.DISPUTED and announcement.strict != announcement.lenient,
        contestable=announcement.contestable,
        citations=_citations(case, rule),
        reasons=(*_account(case), *announcement.reasons, *ends),
    )


def add_months(day: date, months: int) -> date:
    """The same day number months later; where the month has none, its last day (§ 188(2), (3) BGB)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end(announced: date | None, months: int | None, authority: Place) -> date | None:
    if announced is None or months is None:
        return None
    # § 187(1) BGB: the day of announcement does not count; § 31(3) VwVfG, § 108(3) AO, § 64(3) SGG: not on a free day.
    return next_workday(add_months(announced, months), authority)


def _months(case: Case, rule: Rule) -> int | None:
    if case.period_months is not None and not 0 < case.period_months <= _MAX_MONTHS:
        raise NoRule("A remedy period has between one and 24 months.", code="period-unknown")
    # § 84(1) SGG: three months instead of one where the act is announced abroad.
    return rule.months_abroad if case.abroad and rule.months_abroad and case.period_months == 1 else case.period_months


def _from_availability(case: Case, rule: Rule) -> _Announcement:
    """§ 9(1) s. 4 OZG, § 122a(4) AO: so many days after making available; earlier retrieval advances nothing."""
    start = legal_day(case.available_at)
    deemed = start + timedelta(days=rule.days)
    strict, lenient, shifted = _readings(deemed, case.recipient, rule)
    late = case.notified_at is not None and legal_day(case.notified_at) > start  # § 9(1) s. 6 OZG: the same day
    reasons: tuple[Reason, ...] = (_reason("made-available", day=start), _deemed(rule, deemed), *shifted)
    if late:
        reasons += (_reason("notified-late", day=_day_of(case.notified_at)),)
    return _Announcement(state=Announced.YES, strict=strict, lenient=lenient, contestable=late, reasons=reasons)


def _from_retrieval(case: Case, rule: Rule) -> _Announcement:
    """§ 41(2a) VwVfG: the day after retrieval, if that came within ten days after the notification was sent."""
    window = rule.retrieval_window or 0
    tenth = _day_of(case.notified_at) + timedelta(days=window) if case.notified_at else None
    # § 31(3) VwVfG may carry the end of the ten days to a working day: retrieval stays open, its effect is contestable.
    until = max(next_workday(tenth, case.recipient), next_workday(tenth, case.authority)) if tenth else None
    if case.retrieved_at is None or (until and legal_day(case.retrieved_at) > until):
        missed = (_reason("not-retrieved", day=until, citation=rule.citation),)
        return _Announcement(state=Announced.NO, retrieve_until=until, reasons=missed)
    retrieved = legal_day(case.retrieved_at)
    extended = tenth is not None and retrieved > tenth
    after = retrieved + timedelta(days=rule.days)
    strict, lenient, shifted = _readings(after, case.recipient, rule)
    reasons = [_reason("retrieved", day=retrieved), _reason("day-after", day=after, citation=rule.citation), *shifted]
    if extended:
        reasons.append(_reason("retrieved-in-extension", day=tenth))
    state = Announced.UNPROVEN if extended else Announced.YES
    return _Announcement(
        state=state, strict=strict, lenient=lenient, retrieve_until=until, contestable=extended, reasons=tuple(reasons)
    )


def _from_notification(case: Case, rule: Rule) -> _Announcement:
    """§ 37(2a) SGB X, old § 122a AO: days after the notification; unproven, the day of retrieval counts."""
    retrieved = legal_day(case.retrieved_at) if case.retrieved_at else None
    if case.notified_at is None:
        known: tuple[Reason, ...] = (
            (_reason("by-retrieval", day=retrieved, citation=rule.citation),) if retrieved else ()
        )
        state = Announced.YES if retrieved else Announced.UNPROVEN
        known = (_reason("notification-missing"), *known)
        return _Announcement(state=state, strict=retrieved, lenient=retrieved, contestable=True, reasons=known)
    start = legal_day(case.notified_at)
    deemed = start + timedelta(days=rule.days)
    strict, lenient, shifted = _readings(deemed, case.recipient, rule)
    reasons: tuple[Reason, ...] = (_reason("notified", day=start), _deemed(rule, deemed), *shifted)
    if case.notification_proven:
        return _Announcement(state=Announced.YES, strict=strict, lenient=lenient, reasons=reasons)
    reasons += (_reason("notification-unproven", citation=rule.citation),)
    if retrieved is None:
        return _Announcement(state=Announced.UNPROVEN, strict=strict, contestable=True, reasons=reasons)
    reasons += (_reason("by-retrieval", day=retrieved, citation=rule.citation),)
    earliest, latest = min(strict, retrieved), max(lenient, retrieved)
    return _Announcement(state=Announced.YES, strict=earliest, lenient=latest, contestable=True, reasons=reasons)


_ANNOUNCE: Final = {
    Start.AVAILABLE: _from_availability,
    Start.RETRIEVED: _from_retrieval,
    Start.NOTIFIED: _from_notification,
}


def _readings(day: date, place: Place, rule: Rule) -> tuple[date, date, tuple[Reason, ...]]:
    """Strict day, lenient day, and why they differ or moved."""
    moved = next_workday(day, place)
    if moved == day:
        return day, day, ()
    if rule.shift is Shift.SETTLED:  # BFH since 2003: § 108(3) AO applies to the fiction; one reading, stored twice
        return moved, moved, (_reason("shift-settled", day=day, moved=moved),)
    return day, moved, (_reason("shift-disputed", day=day, moved=moved),)


def _end_reasons(
    case: Case, rule: Rule, announcement: _Announcement, safe: date | None, final: date | None
) -> tuple[Reason, ...]:
    """Why the periods end when they end."""
    months = _months(case, rule)
    if months is None:
        return (_reason("no-remedy"),)
    if announcement.strict is None or safe is None:
        return (_reason("no-end"),)
    raw = add_months(announcement.strict, months)
    reasons = [_reason("period", months=str(months), day=raw)]
    if months != case.period_months:
        reasons.append(_reason("abroad", months=str(months)))
    if raw.day != announcement.strict.day:
        reasons.append(_reason("month-end", day=raw))
    if is_free(raw, case.authority):
        reasons.append(_reason("end-moved", day=raw, moved=safe, citation=rule.remedy.end))
    if not case.remedy_information_complete:
        reasons.append(_reason("year", citation=rule.remedy.year))
    reasons.append(_reason("citizen", day=safe))
    reasons.append(_reason("authority", day=final) if final else _reason("never-final"))
    return tuple(reasons)


def _citations(case: Case, rule: Rule) -> tuple[str, ...]:
    periods = ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 und 3 BGB", rule.remedy.end)
    year = () if case.remedy_information_complete else (rule.remedy.year,)
    return (rule.citation, *periods, *year)


def _account(case: Case) -> tuple[Reason, ...]:
    """§ 2(5), (7) OZG: § 9 reaches only a postbox that is part of a user account; say why this one is."""
    if case.regime is Regime.OZG_9 and case.account_reference:
        return (_reason("user-account", reference=case.account_reference),)
    return ()


def _deemed(rule: Rule, day: date) -> Reason:
    return _reason("deemed", days=str(rule.days), day=day, citation=rule.citation)


def _day_of(at: datetime | None) -> date:
    if at is None:  # callers asked before; this keeps the type honest
        raise NoRule("There is no such instant.", code="no-instant")
    return legal_day(at)


def _reason(code: str, **values: date | str | None) -> Reason:
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return Reason(code=code, values={name: text for name, text in texts.items() if text is not None})
