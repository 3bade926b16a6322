"""The dates of a notice: which rule governs it, what it computes, and how a computation is kept."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import Connection

from postbox.context import Postbox
from postbox.delivery.kinds import ANNOUNCE, END_PERIOD
from postbox.errors import NoRule
from postbox.law.calendar import BERLIN, legal_day
from postbox.law.computation import Announced, Case, Computation
from postbox.law.editing import touching
from postbox.law.periods import compute
from postbox.law.regimes import Rule, Start, choose
from postbox.store import notices, outbox

CHANNEL: Final = "own"
POST: Final = "post"
_FACTS: Final = (
    "available_at", "notified_at", "retrieved_at", "acknowledged_at", "received_on", "retrieved_before",
    "posted_on",
)  # fmt: skip


def rule_of(
    postbox: Postbox,
    authority: str,
    procedural_law: str,
    at: datetime,
    issued_on: date | None = None,
    *,
    channel: str = CHANNEL,
) -> Rule:
    """The rule that governs a notice made available, or posted, at ``at``. Raises NoRule, NotFound."""
    return choose(
        channel=channel,
        procedural_law=procedural_law,
        land=postbox.authority(authority).land,
        on=legal_day(at),
        # § 2(5), (7) OZG: only a postbox that is part of a user account is one in the sense of § 9 OZG.
        part_of_user_account=postbox.settings.part_of_user_account,
        issued_on=issued_on,
    )


def channel_of(recipient: Mapping[Any, Any]) -> str:
    """By which way everything goes to a recipient: into the postbox, or to a letter box by post."""
    return CHANNEL if recipient["postal_address"] is None else POST


def computed(
    postbox: Postbox,
    *,
    authority: str,
    procedural_law: str,
    period_months: int | None,
    remedy_complete: bool,
    available_at: datetime,
    notified_at: datetime | None = None,
    retrieved_at: datetime | None = None,
    issued_on: date | None = None,
    acknowledged_at: datetime | None = None,
    received_on: date | None = None,
    retrieved_before: datetime | None = None,
) -> Computation:
    """The dates on what is known; also what a caseworker is shown before sending. Raises NoRule, NotFound."""
    rule = rule_of(postbox, authority, procedural_law, available_at, issued_on)
    case = Case(
        regime=rule.regime,
        available_at=available_at,
        authority_land=postbox.authority(authority).land,
        period_months=period_months,
        notified_at=notified_at,
        retrieved_at=retrieved_at,
        issued_on=issued_on,
        remedy_information_complete=remedy_complete,
        account_reference=postbox.settings.part_of_user_account,
        # § 5(5) VwZG: what is served here is sent by making it available.
        sent_at=available_at if rule.start is Start.ACKNOWLEDGED else None,
        ack_date=received_on,
        ack_received_at=acknowledged_at,
        retrieved_before=retrieved_before,
        calendar_changes=touching(
            postbox.calendar_changes, (postbox.authority(authority).land,), legal_day(available_at)
        ),
    )
    return compute(case)


def computed_for(postbox: Postbox, notice: Mapping[Any, Any], **facts: date | None) -> Computation:
    """The dates of a stored notice; ``facts`` replace what the row says (``available_at``, …). Raises NoRule.

    Once a letter of it was posted, the post decides; the citizen counts from the postbox as well, as far as that may
    have announced it already.
    """
    known: dict[str, Any] = {name: notice[name] for name in _FACTS} | facts
    posted_on = known.pop("posted_on")
    before = _by_postbox(postbox, notice, known) if known["available_at"] else None
    if posted_on is not None:
        return by_post(postbox, notice, posted_on, before=before)
    if before is None:
        raise NoRule("The notice has not gone out.", code="facts-missing")
    return before


def by_post(
    postbox: Postbox,
    notice: Mapping[Any, Any],
    posted_on: date,
    *,
    before: Computation | None = None,
    returned: bool = False,
) -> Computation:
    """The dates of a letter; ``before`` are those of the postbox, ``returned``: it came back. Raises NoRule."""
    authority = postbox.authority(notice["authority"])
    noon = datetime.combine(posted_on, time(12), tzinfo=BERLIN)  # an authority states a day
    rule = rule_of(postbox, authority.ars, notice["procedural_law"], noon, notice["issued_on"], channel=POST)
    case = Case(
        regime=rule.regime,
        authority_land=authority.land,
        period_months=notice["period_months"],
        issued_on=notice["issued_on"],
        remedy_information_complete=notice["remedy_complete"],
        sent_at=noon,
        posted=True,
        returned=returned,
        announced_before=before.announced_strict if before and before.announced is not Announced.NO else None,
        calendar_changes=touching(postbox.calendar_changes, (authority.land,), posted_on),
    )
    return compute(case)


def _by_postbox(postbox: Postbox, notice: Mapping[Any, Any], known: Mapping[str, Any]) -> Computation:
    return computed(
        postbox,
        authority=notice["authority"],
        procedural_law=notice["procedural_law"],
        period_months=notice["period_months"],
        remedy_complete=notice["remedy_complete"],
        issued_on=notice["issued_on"],
        **known,
    )


def counts_from_retrieval(postbox: Postbox, notice: Mapping[Any, Any]) -> bool:
    """Whether the first retrieval may decide the day of announcement (§ 41(2a) VwVfG, § 37(2a) SGB X)."""
    rule = _rule_of_notice(postbox, notice)
    return rule.start is Start.RETRIEVED or rule.proof_of_notification


def effects_to_name(postbox: Postbox, notice: Mapping[Any, Any]) -> bool:
    """Whether the notification itself must say when the notice takes effect (§ 122a(1) AO)."""
    return _rule_of_notice(postbox, notice).notification_names_effects


def _rule_of_notice(postbox: Postbox, notice: Mapping[Any, Any]) -> Rule:
    return rule_of(postbox, notice["authority"], notice["procedural_law"], notice["available_at"], notice["issued_on"])


def keep(connection: Connection, notice: str, computation: Computation, *, because: str, at: datetime) -> None:
    """Add a computation to a notice; those before it stay as they were. The caller holds the notice's lock.

    The days on which something comes to pass by itself are set anew: the announcement in every reading, and the end
    of the last period.
    """
    number = len(notices.computations_of(connection, notice)) + 1
    content = json.dumps(computation.to_json(), ensure_ascii=False)
    row = {"notice": notice, "number": number, "computed_at": at, "because": because, "content": content}
    notices.add_computation(connection, row)
    if computation.announced is Announced.YES:
        _expect(connection, ANNOUNCE, notice, computation.announced_lenient, at)
        _expect(connection, END_PERIOD, notice, computation.final_not_before, at)


def newest(connection: Connection, notice: str) -> Computation | None:
    """The newest computation of a notice; None before it is available."""
    kept = notices.computations_of(connection, notice)
    return Computation.from_json(json.loads(kept[-1]["content"])) if kept else None


def _expect(connection: Connection, kind: str, notice: str, day: date | None, now: datetime) -> None:
    if day is not None:
        due_at = datetime.combine(day, time.min, tzinfo=BERLIN)
        outbox.add(connection, kind, notice, due_at=due_at, now=now)
        outbox.due(connection, kind, notice, at=due_at)  # a later computation may move the day
        if due_at > now:  # what was done for an earlier day is not done for this one
            outbox.reopen(connection, kind, notice, at=due_at)
