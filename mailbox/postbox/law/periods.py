"""From the facts of a case to its dates: the day of announcement in both readings, and the ends of the periods."""

from datetime import date, timedelta
from typing import Final

from postbox.errors import NoRule
from postbox.law.announcement import Announcement, announce, reason
from postbox.law.calendar import Place, add_months, calendar_version, is_free, legal_day, next_workday
from postbox.law.computation import Announced, Case, Computation, Reason
from postbox.law.editing import changes_version
from postbox.law.regimes import Regime, Rule, Shift, rule_for

_YEAR: Final = 12
_MAX_MONTHS: Final = 24


def compute(case: Case) -> Computation:
    """Compute every date of the case. Pure: same facts, tables and calendar, same answer. Raises NoRule."""
    rule = rule_for(case.regime, legal_day(case.on), case.issued_on)
    announcement = announce(case, rule)
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
        calendar_version=calendar_version() + changes_version(case.calendar_changes),
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
        reasons=(*_account(case), *announcement.reasons, *ends, *_edited(case)),
    )


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


def _end_reasons(
    case: Case, rule: Rule, announcement: Announcement, safe: date | None, final: date | None
) -> tuple[Reason, ...]:
    """Why the periods end when they end."""
    months = _months(case, rule)
    if months is None:
        return (reason("no-remedy"),)
    if announcement.strict is None or safe is None:
        return (reason("no-end"),)
    raw = add_months(announcement.strict, months)
    reasons = [reason("period", months=str(months), day=raw)]
    if months != case.period_months:
        reasons.append(reason("abroad", months=str(months)))
    if raw.day != announcement.strict.day:
        reasons.append(reason("month-end", day=raw))
    if is_free(raw, case.authority):
        reasons.append(reason("end-moved", day=raw, moved=safe, citation=rule.remedy.end))
    if not case.remedy_information_complete:
        reasons.append(reason("year", citation=rule.remedy.year))
    reasons.append(reason("citizen", day=safe))
    reasons.append(reason("authority", day=final) if final else reason("never-final"))
    return tuple(reasons)


def _citations(case: Case, rule: Rule) -> tuple[str, ...]:
    periods = ("§ 187 Abs. 1 BGB", "§ 188 Abs. 2 und 3 BGB", rule.remedy.end)
    year = () if case.remedy_information_complete else (rule.remedy.year,)
    return (rule.citation, *periods, *year)


def _account(case: Case) -> tuple[Reason, ...]:
    """§ 2(5), (7) OZG: § 9 reaches only a postbox that is part of a user account; say why this one is."""
    if case.regime is Regime.OZG_9 and case.account_reference:
        return (reason("user-account", reference=case.account_reference),)
    return ()


def _edited(case: Case) -> tuple[Reason, ...]:
    """Whoever reads the dates is told where the calendar is not the published one."""
    codes = {True: "day-added", False: "day-struck"}
    return tuple(
        reason(codes[one.free], day=one.day, land=one.land, act=one.reason, author=one.author)
        for one in case.calendar_changes
    )
