"""Killed within each later step of a notice's life: it happened once with all that belongs to it, or not at all."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from postbox.delivery.declare import acknowledge, refuse, report_unreadable
from postbox.delivery.handover import Reader
from postbox.delivery.retain import lift_legal_hold, run_retention, set_legal_hold
from postbox.delivery.status import standing
from postbox.delivery.withdraw import hold, release, withdraw
from postbox.errors import NotNow
from postbox.intake.accept import submit
from postbox.intake.recipients import register
from postbox.law.calendar import legal_day
from postbox.proof.events import EventType
from postbox.store import notices, tables
from tests.postbox.conftest import NOON, VIERNHEIM, caller, submission, upload
from tests.postbox.delivery.mortal import Mortal
from tests.postbox.delivery.test_crash import BOTH_SIDES, CONTENT, check_proof, counted, fetch, kinds, work_off


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what is there before, what is done, and the event that says so."""

    act: Callable
    event: EventType
    before: tuple[Callable, ...] = ()
    available: bool = True
    law: str = "VwVfG"
    own_account: bool = True  # § 9 OZG; without it § 41(2a) VwVfG counts from retrieval
    again: bool = False  # done again it does nothing; otherwise it is refused
    notices: int = 1  # how many there are in the end


def reader(box, notice):
    return Reader(mailbox=standing(box, VIERNHEIM, notice).row["mailbox"], session_hash=b"s" * 32, level="high")


def saved(box, notice):
    fetch(box, notice, lambda _: None)


def received(box, notice):
    day = legal_day(standing(box, VIERNHEIM, notice).row["available_at"])
    acknowledge(box, notice, reader(box, notice), day)


def another(**link):
    """A notice that names this one: to replace it, or to announce it again."""

    def send(box, notice):
        row = standing(box, VIERNHEIM, notice).row
        named = dict.fromkeys(link, notice)
        content = submission(row["recipient"], upload(CONTENT), key=f"after-{notice}", **named)
        submit(box, content, caller(), box.clock())

    return send


def time_goes_by(box, _notice):
    box.clock.forward(days=18)  # ten, and what Christmas adds


STEPS = {
    "hold": Step(
        act=lambda box, one: hold(box, caller(), one, "sender-request"), event=EventType.HELD, available=False
    ),
    "release": Step(
        before=(lambda box, one: hold(box, caller(), one, "sender-request"),),
        act=lambda box, one: release(box, caller(), one),
        event=EventType.RELEASED,
        available=False,
    ),
    "withdraw-held": Step(
        before=(lambda box, one: hold(box, caller(), one, "sender-request"),),
        act=lambda box, one: withdraw(box, caller(), one, "wrong-content"),
        event=EventType.WITHDRAWN,
        available=False,
    ),
    "replace": Step(act=another(replaces=True), event=EventType.REPLACED, again=True, notices=2),
    "renew": Step(act=another(renews=True), event=EventType.RENEWED, again=True, notices=2),
    "lapse": Step(
        before=(time_goes_by,),
        act=lambda box, _one: work_off(box),
        event=EventType.LAPSED,
        own_account=False,
        again=True,
    ),
    "acknowledge": Step(before=(saved,), act=received, event=EventType.ACKNOWLEDGED, law="VwZG"),
    "refuse": Step(act=lambda box, one: refuse(box, one, reader(box, one)), event=EventType.REFUSED, law="VwZG"),
    "cannot-open": Step(
        act=lambda box, one: report_unreadable(box, one, reader(box, one)), event=EventType.UNREADABLE
    ),
    "set-legal-hold": Step(
        act=lambda box, one: set_legal_hold(box, caller(), one, "claim"), event=EventType.LEGAL_HOLD_SET
    ),
    "lift-legal-hold": Step(
        before=(lambda box, one: set_legal_hold(box, caller(), one, "claim"),),
        act=lambda box, one: lift_legal_hold(box, caller(), one, "claim"),
        event=EventType.LEGAL_HOLD_LIFTED,
    ),
    "retention": Step(
        act=lambda box, _one: run_retention(box, box.clock() + timedelta(days=12 * 366)),
        event=EventType.CONTENT_ERASED,
        again=True,
    ),
}  # fmt: skip


STATED = (EventType.ANNOUNCED, EventType.REMEDY_PERIOD_ENDED)  # they name a computation that was there before


def check_agreement(box, notice):
    """Each fact of the row has its event, and each computation the event that binds it."""
    found = standing(box, VIERNHEIM, notice)
    row, happened = found.row, Counter(one.event.type for one in found.recorded)
    facts = {
        "available_at": EventType.CONTENT_CONSIGNMENT,
        "notified_at": EventType.CONSIGNMENT_NOTIFICATION,
        "closed_at": EventType.LAPSED,
        "acknowledged_at": EventType.ACKNOWLEDGED,
        "refused_at": EventType.REFUSED,
        "unreadable_at": EventType.UNREADABLE,
        "withdrawn_at": EventType.WITHDRAWN,
        "replaced_by": EventType.REPLACED,
    }
    for column, kind in facts.items():
        assert (row[column] is not None) == (happened[kind] == 1), (column, happened)
    assert (row["held_at"] is not None) == (happened[EventType.HELD] > happened[EventType.RELEASED])
    lifted = happened[EventType.LEGAL_HOLD_LIFTED]
    assert (row["legal_hold_at"] is not None) == (happened[EventType.LEGAL_HOLD_SET] > lifted)
    assert (row["wrapped_key"] is None) == (happened[EventType.CONTENT_ERASED] == 1)
    with box.database.read() as connection:
        computed = len(notices.computations_of(connection, notice))
    bound = [one.event for one in found.recorded if "computation" in one.event.payload]
    assert computed == sum(event.type not in STATED for event in bound)


@pytest.fixture
def step(request):
    """One of the steps, by its name."""
    return STEPS[request.param]


@pytest.fixture
def mortal(settings, new_database_url, keyring, clock, step):
    """A postbox as the step needs it."""
    changes = {"demo": step.law == "VwZG"} | ({} if step.own_account else {"part_of_user_account": ""})
    settings = dataclasses.replace(settings, **changes)
    return Mortal(settings=settings, url=new_database_url("postbox"), keyring=keyring, clock=clock)


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize("step", STEPS, indirect=True)
def test_a_step_killed_anywhere_happened_once_with_all_of_it_or_not_at_all(mortal, gate, step):
    """The second try ends it; nothing of it is there twice, nothing of the notice is lost, and its proof verifies."""
    with mortal.alive() as box:
        recipient = register(box, address=gate.address(box), case=None, caller=caller(), now=NOON).id
    sent, moments = [], set()

    def prepare(number):
        with mortal.alive() as box:
            content = submission(recipient, upload(CONTENT), key=f"key-{number}", procedural_law=step.law)
            sent.append(notice := submit(box, content, caller(), box.clock()).notice)
            if step.available:
                work_off(box)
            for begun in step.before:
                begun(box, notice)
        return lambda box, say: step.act(box, notice)

    for death in mortal.deaths(prepare):
        moments.add(death.moment)
        mortal.clock.forward(minutes=2)  # the dead one's lease, or its claim, has run out
        with mortal.alive() as box:
            notice = sent[-1]
            check_agreement(box, notice)
            check_proof(box, notice)
            try_again(box, step, notice, done=step.event in kinds(box, notice))
            assert kinds(box, notice).count(step.event) == 1
            check_agreement(box, notice)
            check_proof(box, notice)
            assert counted(box, tables.notices) == len(sent) * step.notices
            work_off(box)
            check_agreement(box, notice)
            check_proof(box, notice)
    assert moments >= BOTH_SIDES


def try_again(box, step, notice, *, done):
    if done and not step.again:
        with pytest.raises(NotNow):
            step.act(box, notice)
    else:
        step.act(box, notice)
