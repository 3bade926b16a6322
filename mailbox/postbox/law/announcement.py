"""From the facts of a case to the day of announcement, in both readings: one function per way of counting."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from postbox.errors import NoRule
from postbox.law.calendar import Place, add_months, legal_day, next_workday
from postbox.law.computation import Announced, Case, Reason
from postbox.law.regimes import Rule, Shift, Start


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """The day of announcement in both readings, before any period."""

    state: Announced
    strict: date | None = None
    lenient: date | None = None
    retrieve_until: date | None = None
    contestable: bool = False
    reasons: tuple[Reason, ...] = field(default=())


def announce(case: Case, rule: Rule) -> Announcement:
    """The day of announcement under a rule. Raises NoRule where a fact that decides is missing or impossible."""
    found = _ANNOUNCE[rule.start](case, rule)
    return found if case.announced_before is None else _after_another_way(found, case.announced_before)


def _after_another_way(found: Announcement, before: date) -> Announcement:
    """What went out again by post: the first way may have taken effect, so the citizen counts from it as well."""
    if found.strict is None or before >= found.strict:
        return found
    return replace(found, strict=before, reasons=(*found.reasons, reason("announced-before", day=before)))


def _from_availability(case: Case, rule: Rule) -> Announcement:
    """§ 9(1) s. 4 OZG, § 122a(4) AO: so many days after making available; earlier retrieval advances nothing."""
    start = _day_of(case.available_at)
    deemed = start + timedelta(days=rule.days)
    strict, lenient, shifted = _readings(deemed, case.recipient, rule)
    late = case.notified_at is not None and legal_day(case.notified_at) > start  # § 9(1) s. 6 OZG: the same day
    reasons: tuple[Reason, ...] = (reason("made-available", day=start), _deemed(rule, deemed), *shifted)
    if late:
        reasons += (reason("notified-late", day=_day_of(case.notified_at)),)
    if rule.first_retrieval_stays and case.retrieved_before is not None:
        # § 9(1) s. 7 OZG: a renewed announcement cannot reset it. The citizen counts from it, the authority waits.
        before = legal_day(case.retrieved_before)
        strict = min(strict, before)
        reasons += (reason("retrieved-before", day=before),)
    return Announcement(state=Announced.YES, strict=strict, lenient=lenient, contestable=late, reasons=reasons)


def _from_retrieval(case: Case, rule: Rule) -> Announcement:
    """§ 41(2a) VwVfG: the day after retrieval, if that came within ten days after the notification was sent."""
    window = rule.retrieval_window or 0
    tenth = _day_of(case.notified_at) + timedelta(days=window) if case.notified_at else None
    # § 31(3) VwVfG may carry the end of the ten days to a working day: retrieval stays open, its effect is contestable.
    until = max(next_workday(tenth, case.recipient), next_workday(tenth, case.authority)) if tenth else None
    if case.retrieved_at is None or (until and legal_day(case.retrieved_at) > until):
        missed = (reason("not-retrieved", day=until, citation=rule.citation),)
        return Announcement(state=Announced.NO, retrieve_until=until, reasons=missed)
    retrieved = legal_day(case.retrieved_at)
    extended = tenth is not None and retrieved > tenth
    after = retrieved + timedelta(days=rule.days)
    strict, lenient, shifted = _readings(after, case.recipient, rule)
    reasons = [reason("retrieved", day=retrieved), reason("day-after", day=after, citation=rule.citation), *shifted]
    if extended:
        reasons.append(reason("retrieved-in-extension", day=tenth))
    state = Announced.UNPROVEN if extended else Announced.YES
    return Announcement(
        state=state, strict=strict, lenient=lenient, retrieve_until=until, contestable=extended, reasons=tuple(reasons)
    )


def _from_notification(case: Case, rule: Rule) -> Announcement:
    """§ 37(2a) SGB X, old § 122a AO: days after the notification; unproven, the day of retrieval counts."""
    retrieved = legal_day(case.retrieved_at) if case.retrieved_at else None
    if case.notified_at is None:
        known: tuple[Reason, ...] = (
            (reason("by-retrieval", day=retrieved, citation=rule.citation),) if retrieved else ()
        )
        state = Announced.YES if retrieved else Announced.UNPROVEN
        known = (reason("notification-missing"), *known)
        return Announcement(state=state, strict=retrieved, lenient=retrieved, contestable=True, reasons=known)
    start = legal_day(case.notified_at)
    deemed = start + timedelta(days=rule.days)
    strict, lenient, shifted = _readings(deemed, case.recipient, rule)
    reasons: tuple[Reason, ...] = (reason("notified", day=start), _deemed(rule, deemed), *shifted)
    if case.notification_proven:
        return Announcement(state=Announced.YES, strict=strict, lenient=lenient, reasons=reasons)
    reasons += (reason("notification-unproven", citation=rule.citation),)
    if retrieved is None:
        return Announcement(state=Announced.UNPROVEN, strict=strict, contestable=True, reasons=reasons)
    reasons += (reason("by-retrieval", day=retrieved, citation=rule.citation),)
    earliest, latest = min(strict, retrieved), max(lenient, retrieved)
    return Announcement(state=Announced.YES, strict=earliest, lenient=latest, contestable=True, reasons=reasons)


def _from_sending(case: Case, rule: Rule) -> Announcement:
    """§ 41(2) VwVfG, § 122(2), (2a) AO, § 37(2) SGB X: days after sending; not if it came later, or never."""
    start = _day_of(case.sent_at)
    sent = reason("posted" if case.posted else "sent", day=start)
    if case.returned:
        return Announcement(state=Announced.NO, reasons=(sent, reason("returned")))
    if case.posted and case.abroad:
        return _posted_abroad(case, rule, start, sent)
    return _deemed_unless_later(case, rule, start + timedelta(days=rule.days), (sent,))


def _posted_abroad(case: Case, rule: Rule, start: date, sent: Reason) -> Announcement:
    """The postal days count inland only; § 122(2) no. 2 AO has a month for abroad, elsewhere receipt must be proven."""
    if rule.posted_abroad_months:
        return _deemed_unless_later(case, rule, add_months(start, rule.posted_abroad_months), (sent,), abroad=True)
    received = legal_day(case.received_at) if case.received_at else None
    if received is None:
        return Announcement(state=Announced.UNPROVEN, contestable=True, reasons=(sent, reason("no-days-abroad")))
    reasons = (sent, reason("no-days-abroad"), reason("received", day=received))
    return Announcement(state=Announced.YES, strict=received, lenient=received, reasons=reasons)


def _deemed_unless_later(
    case: Case, rule: Rule, deemed: date, sent: tuple[Reason, ...], *, abroad: bool = False
) -> Announcement:
    strict, lenient, shifted = _readings(deemed, case.recipient, rule)
    named = reason("deemed-abroad", day=deemed, citation=rule.citation) if abroad else _deemed(rule, deemed)
    reasons = (*sent, named, *shifted)
    if case.receipt_denied:  # in doubt the authority proves that and when it came
        denied = (*reasons, reason("receipt-denied", citation=rule.citation))
        return Announcement(state=Announced.UNPROVEN, strict=strict, contestable=True, reasons=denied)
    received = legal_day(case.received_at) if case.received_at else strict
    if received <= lenient:
        return Announcement(state=Announced.YES, strict=strict, lenient=lenient, reasons=reasons)
    # The citizen is told the early day, for the later one has to be shown; the authority waits for the later one.
    later = (*reasons, reason("received-late", day=received, citation=rule.citation))
    return Announcement(state=Announced.YES, strict=strict, lenient=received, contestable=True, reasons=later)


def _from_acknowledgement(case: Case, rule: Rule) -> Announcement:
    """§ 5(5), (7) VwZG: the day written in the acknowledgement; without one in time the fiction, if announced."""
    start = _day_of(case.sent_at)
    deemed, sent = start + timedelta(days=rule.days), reason("sent", day=start)
    if case.ack_date is not None and case.ack_date < start:
        raise NoRule("The acknowledgement is dated before the sending.", code="ack-date-impossible")
    arrived = legal_day(case.ack_received_at) if case.ack_received_at else None
    in_time = case.ack_date is not None and arrived is not None and arrived <= deemed
    if case.ack_date is not None and (in_time or not case.fiction_announced):
        told = (sent, reason("acknowledged", day=case.ack_date, citation=rule.citation))
        return Announcement(state=Announced.YES, strict=case.ack_date, lenient=case.ack_date, reasons=told)
    if not case.fiction_announced:
        missing = (sent, reason("no-acknowledgement", citation=rule.citation))
        return Announcement(state=Announced.UNPROVEN, contestable=True, reasons=missing)
    fiction = _deemed_unless_later(case, rule, deemed, (sent, reason("fiction-announced", citation=rule.citation)))
    if case.ack_date is None or fiction.strict is None or case.ack_date >= fiction.strict:
        return fiction
    # The acknowledgement came too late to exclude the fiction, but names an earlier day: the citizen counts from it.
    late = (*fiction.reasons, reason("acknowledged-late", day=case.ack_date))
    return replace(fiction, strict=case.ack_date, contestable=True, reasons=late)


_ANNOUNCE: Final = {
    Start.AVAILABLE: _from_availability,
    Start.RETRIEVED: _from_retrieval,
    Start.NOTIFIED: _from_notification,
    Start.SENT: _from_sending,
    Start.ACKNOWLEDGED: _from_acknowledgement,
}


def _readings(day: date, place: Place, rule: Rule) -> tuple[date, date, tuple[Reason, ...]]:
    """Strict day, lenient day, and why they differ or moved."""
    moved = next_workday(day, place)
    if moved == day:
        return day, day, ()
    if rule.shift is Shift.SETTLED:  # BFH since 2003: § 108(3) AO applies to the fiction; one reading, stored twice
        return moved, moved, (reason("shift-settled", day=day, moved=moved),)
    return day, moved, (reason("shift-disputed", day=day, moved=moved),)


def _deemed(rule: Rule, day: date) -> Reason:
    return reason("deemed", days=str(rule.days), day=day, citation=rule.citation)


def _day_of(at: datetime | None) -> date:
    if at is None:
        raise NoRule("The instant from which this rule counts is not among the facts.", code="facts-missing")
    return legal_day(at)


def reason(code: str, **values: date | str | None) -> Reason:
    """One step of the reasoning; days become ISO texts, what is None is left out."""
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return Reason(code=code, values={name: text for name, text in texts.items() if text is not None})
