"""On paper: ordered, printed whole, posted on a day that counts, and perhaps back; the proof holds it all."""

import dataclasses
import hashlib
import json
import stat
from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from postbox.callers import Caller
from postbox.delivery import evidence
from postbox.delivery.declare import report_unreadable
from postbox.delivery.erase import erase
from postbox.delivery.handover import Reader, issue_ticket, offer
from postbox.delivery.inquire import Validity, inquire
from postbox.delivery.jobs import run_due
from postbox.delivery.letters import order_letter, record_posting, record_return
from postbox.delivery.life import Status
from postbox.delivery.recompute import recompute
from postbox.delivery.status import standing
from postbox.delivery.withdraw import hold, release, withdraw
from postbox.errors import EvidenceInvalid, NoRule, NotAllowed, NotFound, NotNow, Unacceptable
from postbox.intake.accept import submit
from postbox.intake.recipients import Case, register_letter_box
from postbox.intake.submission import Upload
from postbox.law.computation import Computation
from postbox.law.editing import read_changes
from postbox.law.periods import compute
from postbox.law.words import explain
from postbox.proof.commitments import computation_digest
from postbox.proof.dates import check_dates
from postbox.proof.events import EventType
from postbox.proof.verify import verify
from postbox.store import mailboxes, notices, tables
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, caller, pdf, submission, upload
from tests.postbox.writing.test_paper import scanned, text_of

ADDRESS = ["Frau", "Erika Mustermann", "Heidestraße 17", "51147 Köln"]
LETTER = (EventType.LETTER_ORDERED, EventType.RELAYED_TO_NON_ERDS, EventType.POSTED, EventType.RELAY_TO_NON_ERDS_FAILED)
WEDNESDAY = date(2026, 11, 25)
FREE_DAY = """
[[day]]
date = 2026-12-30
land = "HE"
free = true
reason = "Gesetz vom 1. Dezember 2026"
author = "Rechtsamt"
"""


@pytest.fixture
def notice(box, recipient, clock):
    """A notice that lies available, and that its recipient cannot open."""
    sent = submit(box, submission(recipient, upload(), upload(pdf(b"Anlage"), name="Anlage.pdf")), caller(), clock())
    run_due(box, clock())
    report_unreadable(box, sent.notice, reader(box, sent.notice))
    return sent.notice


def reader(box, notice):
    return Reader(mailbox=standing(box, VIERNHEIM, notice).row["mailbox"], session_hash=b"s" * 32, level="high")


def order(box, notice, **changes):
    order_letter(box, caller(), notice, **{"reason": "cannot-open", "address": ADDRESS, "inland": True, **changes})


def printed(box, notice, clock, **changes):
    order(box, notice, **changes)
    run_due(box, clock())


def jobs(box):
    return sorted(box.settings.letters_directory.iterdir())


def kinds(box, notice):
    return [one.event.type for one in standing(box, VIERNHEIM, notice).recorded if one.event.type in LETTER]


def tasks(box):
    with box.database.read() as connection:
        return sum(row["tasks"] for row in mailboxes.cases_of(connection, (VIERNHEIM,), 10))


def proven(box, notice, now):
    found = standing(box, VIERNHEIM, notice)
    report = verify(evidence.bundle(box, found.row, now), evidence.anchors(box, now), now)
    assert report.ok, report
    assert {step.name: step.status.value for step in report.steps}["dates"] == "ok"
    return found


def test_a_print_job_is_whole_and_holds_the_documents_as_they_are(box, notice, clock):
    """The sheet for the window first, then the PDFs byte for byte; what lies there is on record as handed over."""
    printed(box, notice, clock)
    (job,) = jobs(box)
    assert job.name.endswith(notice)
    told = json.loads((job / "job.json").read_bytes())
    names = [sheet["file"] for sheet in told["sheets"]]
    assert names == ["1-Anschreiben.pdf", "2-Dokument.pdf", "3-Dokument.pdf"]
    assert {path.name for path in job.iterdir()} == {*names, "job.json"}
    assert [(job / name).read_bytes() for name in names[1:]] == [pdf(), pdf(b"Anlage")]
    covering = (job / names[0]).read_bytes()
    for line in (*ADDRESS, "Ihre Geburtsurkunde", "Montag, 23. November 2026", "Stadt Viernheim · Kettelerstraße 3"):
        assert line in text_of(covering)
    assert "/verify/document#" in scanned(covering)[0][0]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (job, *job.iterdir())} == {0o700, 0o600}
    found = standing(box, VIERNHEIM, notice)
    assert (found.status, kinds(box, notice)) == (Status.LETTER_READY, list(LETTER[:2]))
    relayed = found.recorded[-1].event
    assert (relayed.type.uri, relayed.payload["channel"]) == ("http://uri.etsi.org/19522/Event/RelayToNonERDS", "post")
    assert len(relayed.payload["documents"]) == 2


def test_the_day_of_posting_counts_and_the_citizen_counts_from_the_earlier_way(box, notice, clock):
    """§ 41(2) s. 1 VwVfG: the fourth day, disputed on a Sunday; the postbox may have announced it on Friday already."""
    printed(box, notice, clock)
    clock.forward(days=3)
    record_posting(box, caller(), notice, WEDNESDAY)
    found = proven(box, notice, clock())
    dates = found.computation
    assert (found.status, found.row["posted_on"], dates["rule_id"]) == (
        Status.POSTED, WEDNESDAY, "VWVFG_41_2/four-days",
    )  # fmt: skip
    assert (dates["announced_strict"], dates["announced_lenient"]) == ("2026-11-27", "2026-11-30")
    assert (dates["citizen_safe_until"], dates["final_not_before"]) == ("2026-12-28", "2026-12-31")
    told = " ".join(explain(Computation.from_json(dates), "de"))
    assert "am Mittwoch, 25. November 2026 zur Post gegeben" in told
    assert "kann er schon am Freitag, 27. November 2026 bekannt gegeben sein" in told
    clock.forward(days=3)  # Sunday: announced in one reading only
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).status is Status.POSTED
    clock.forward(days=1)
    run_due(box, clock())
    assert proven(box, notice, clock()).status is Status.ANNOUNCED


@pytest.mark.parametrize(
    ("law", "counted"),
    [
        ({"procedural_law": "AO", "issued_on": "2026-11-23"}, ("AO_122_2/four-days", "2026-11-27", "2026-11-30")),
        ({"procedural_law": "SGB X"}, ("SGBX_37_2/four-days", "2026-11-27", "2026-11-30")),
    ],
    ids=["AO", "SGB X"],
)
def test_each_procedure_has_its_law_of_the_post(box, recipient, clock, law, counted):
    """§ 122(2) no. 1 AO moves a Sunday, § 37(2) s. 1 SGB X leaves it disputed; the first way counts for the citizen."""
    sent = submit(box, submission(recipient, **law), caller(), clock()).notice
    run_due(box, clock())
    printed(box, sent, clock, reason="recipient-asked")
    clock.forward(days=2)
    record_posting(box, caller(), sent, WEDNESDAY)
    dates = proven(box, sent, clock()).computation
    assert (dates["rule_id"], dates["announced_strict"], dates["announced_lenient"]) == counted


def test_what_lapsed_in_the_towns_portal_counts_by_the_letter_alone(box, recipient, clock):
    """§ 41(2a) VwVfG: not retrieved, not announced; then only the post announces, in both of its readings."""
    portal = dataclasses.replace(box, settings=dataclasses.replace(box.settings, part_of_user_account=""))
    sent = submit(portal, submission(recipient), caller(), clock()).notice
    run_due(portal, clock())
    clock.forward(days=12)
    run_due(portal, clock())
    assert (standing(portal, VIERNHEIM, sent).status, tasks(portal)) == (Status.LAPSED, 1)
    printed(portal, sent, clock, reason="not-retrieved")
    record_posting(portal, caller(), sent, date(2026, 12, 5))
    dates = proven(portal, sent, clock()).computation
    assert (dates["announced_strict"], dates["announced_lenient"]) == ("2026-12-09", "2026-12-09")
    assert tasks(portal) == 0


def test_a_letter_that_comes_back_announced_nothing_and_may_go_out_again(box, notice, clock):
    """A task again; the dates are the postbox's; what was stated is taken back; the next letter is one of its own."""
    printed(box, notice, clock)
    assert tasks(box) == 1  # it lies there to be posted
    clock.forward(days=2)
    record_posting(box, caller(), notice, WEDNESDAY)
    assert tasks(box) == 0
    clock.forward(days=6)
    run_due(box, clock())
    assert standing(box, VIERNHEIM, notice).status is Status.ANNOUNCED
    record_return(box, caller(), notice, "moved")
    found = proven(box, notice, clock())
    back = found.recorded[-1].event
    assert (back.type, back.reason) == (EventType.RELAY_TO_NON_ERDS_FAILED, "moved")
    assert back.type.uri == "http://uri.etsi.org/19522/Event/RelayToNonERDSFailure"
    assert (found.status, tasks(box)) == (Status.LETTER_RETURNED, 1)
    assert found.computation["rule_id"] == "OZG_9/four-days"
    with pytest.raises(NotNow):
        record_return(box, caller(), notice, "moved")
    clock.forward(hours=1)
    printed(box, notice, clock, address=["Erika Mustermann", "Neue Straße 1", "68519 Viernheim"])
    assert len(jobs(box)) == 2
    assert "Neue Straße 1" in text_of((jobs(box)[1] / "1-Anschreiben.pdf").read_bytes())
    assert kinds(box, notice) == [*LETTER, *LETTER[:2]]


def test_a_letter_that_comes_back_takes_a_stated_day_back(box, recipient, clock):
    """After the lapse only the letter announced: without it nothing did, and the statement falls."""
    portal = dataclasses.replace(box, settings=dataclasses.replace(box.settings, part_of_user_account=""))
    sent = submit(portal, submission(recipient), caller(), clock()).notice
    run_due(portal, clock())
    clock.forward(days=12)
    run_due(portal, clock())
    printed(portal, sent, clock, reason="not-retrieved")
    record_posting(portal, caller(), sent, date(2026, 12, 5))
    clock.forward(days=5)
    run_due(portal, clock())
    assert standing(portal, VIERNHEIM, sent).status is Status.ANNOUNCED
    record_return(portal, caller(), sent, "unknown-at-address")
    found = proven(portal, sent, clock())
    assert found.recorded[-1].event.payload["contradicts"] == [EventType.ANNOUNCED.value]
    assert (found.status, found.computation["announced"]) == (Status.LETTER_RETURNED, "no")


def test_a_print_room_that_is_away_loses_nothing(box, notice, clock, tmp_path):
    """The job waits with its code and is handed over later, once."""
    (tmp_path / "letters").rename(tmp_path / "gone")
    printed(box, notice, clock)
    assert standing(box, VIERNHEIM, notice).waiting == {"print": "print-service-down"}
    (tmp_path / "gone").rename(tmp_path / "letters")
    clock.forward(minutes=1)
    run_due(box, clock())
    assert (len(jobs(box)), kinds(box, notice)) == (1, list(LETTER[:2]))
    assert standing(box, VIERNHEIM, notice).waiting == {}


def test_what_was_withdrawn_or_erased_is_not_printed(box, notice, clock):
    """The order falls with the notice; the address goes with the content."""
    order(box, notice)
    withdraw(box, caller(), notice, "wrong-content")
    run_due(box, clock())
    assert (jobs(box), kinds(box, notice)) == ([], [EventType.LETTER_ORDERED])
    erase(box, notice, reader(box, notice))
    with box.database.read() as connection:
        assert notices.find(connection, notice)["letter"] is None
    proven_after = verify(
        evidence.bundle(box, standing(box, VIERNHEIM, notice).row, clock()), evidence.anchors(box, clock()), clock()
    )
    assert proven_after.ok


def code_of(raised):
    problems = getattr(raised.value, "problems", None)
    return problems[0].code if problems else raised.value.code


def test_a_letter_is_ordered_by_its_authority_for_a_reason_to_an_address(box, notice, clock):
    """Every refusal by its code; the next to last is the twin that is taken."""
    stranger = Caller(client="c", authority=BENSHEIM, scopes=caller().scopes)
    nothing = Caller(client="c", authority=VIERNHEIM, scopes=frozenset())
    for kind, who in ((NotFound, stranger), (NotAllowed, nothing)):
        with pytest.raises(kind):
            order_letter(box, who, notice, reason="cannot-open", address=ADDRESS, inland=True)
    for changes, code in (
        ({"reason": "x"}, "reason-unknown"),
        ({"address": []}, "address-malformed"),
        ({"address": ["x"] * 7}, "address-malformed"),
        ({"address": ["a\nb"]}, "address-malformed"),
        ({"address": "Erika"}, "address-malformed"),
        ({"address": None}, "address-malformed"),
        ({"inland": False}, "inland-only"),
        ({"inland": "yes"}, "inland-only"),
    ):
        with pytest.raises(Unacceptable) as raised:
            order(box, notice, **changes)
        assert code_of(raised) == code
    with pytest.raises(NotNow) as raised:
        order(dataclasses.replace(box, paper=None), notice)
    assert code_of(raised) == "no-print-service"
    order(box, notice)
    with pytest.raises(NotNow) as raised:
        order(box, notice)
    assert code_of(raised) == "letter-under-way"


def test_posting_and_return_have_their_time(box, notice, clock):
    """Not before the print job, not in the future, once; a return needs a posting."""
    for act, code in (
        (lambda: record_posting(box, caller(), notice, NOON.date()), "letter-not-ready"),
        (lambda: record_return(box, caller(), notice, "moved"), "not-posted"),
    ):
        with pytest.raises(NotNow) as raised:
            act()
        assert code_of(raised) == code
    printed(box, notice, clock)
    for day in (date(2026, 11, 22), date(2026, 11, 24)):
        with pytest.raises(Unacceptable) as raised:
            record_posting(box, caller(), notice, day)
        assert code_of(raised) == "posted-on-outside"
    with pytest.raises(Unacceptable) as raised:
        record_return(box, caller(), notice, "lost")
    assert code_of(raised) == "reason-unknown"
    record_posting(box, caller(), notice, NOON.date())
    with pytest.raises(NotNow) as raised:
        record_posting(box, caller(), notice, NOON.date())
    assert code_of(raised) == "already-posted"


def test_what_the_law_has_no_letter_for_is_refused(box, recipient, clock):
    """§ 3 VwZG: formal service needs a delivery certificate; Schleswig-Holstein's act is not in the tables."""
    demo = dataclasses.replace(box, settings=dataclasses.replace(box.settings, demo=True))
    formal = submit(demo, submission(recipient, procedural_law="VwZG"), caller(), clock()).notice
    run_due(box, clock())
    with pytest.raises(NotNow) as raised:
        order(box, formal)
    assert code_of(raised) == "formal-service"
    ordinary = submit(box, submission(recipient, key="2"), caller(), clock()).notice
    run_due(box, clock())
    there = tuple(dataclasses.replace(one, land="SH") for one in box.settings.authorities)
    north = dataclasses.replace(box, settings=dataclasses.replace(box.settings, authorities=there))
    with pytest.raises(NoRule):
        order(north, ordinary)
    order(box, ordinary)


def test_a_posting_that_nobody_stated_proves_no_dates(box, notice, clock):
    """The verifier holds a letter's computation against the authority's statement and the earlier computation."""
    printed(box, notice, clock)
    clock.forward(days=2)
    record_posting(box, caller(), notice, WEDNESDAY)
    found = standing(box, VIERNHEIM, notice)
    events = [one.event for one in found.recorded]
    with box.database.read() as connection:
        rows = notices.computations_of(connection, notice)
    computations = [Computation.from_json(json.loads(row["content"])) for row in rows]
    assert check_dates(computations, events)
    for changed in (
        [event for event in events if event.type is not EventType.POSTED],
        [_posted(event, "2026-11-24") for event in events],
    ):
        with pytest.raises(EvidenceInvalid) as raised:
            check_dates(computations, changed)
        assert raised.value.code in ("computation-facts", "computation-not-in-chain")
    with pytest.raises(EvidenceInvalid) as raised:
        check_dates(computations[-1:], events)  # the earlier way was never computed
    assert raised.value.code == "computation-facts"


def _posted(event, day):
    if event.type is not EventType.POSTED:
        return event
    return dataclasses.replace(event, payload={**event.payload, "posted_on": day})


@pytest.fixture
def without_postbox(box):
    """Somebody who has no postbox, by their postal address."""
    case = Case(reference="U-7", service="Urkundenanforderung", applicant="Hans Muster")
    return register_letter_box(box, inland=True, address=ADDRESS, case=case, caller=caller(), now=NOON).id


def test_who_has_no_postbox_gets_a_letter_that_announces(box, without_postbox, clock):
    """Printed at once, to the letter box; nobody is told by mail; only the post counts, in both of its readings."""
    sent = submit(box, submission(without_postbox, upload()), caller(), clock()).notice
    run_due(box, clock())
    (job,) = jobs(box)
    covering = text_of((job / "1-Anschreiben.pdf").read_bytes())
    assert all(line in covering for line in ADDRESS)
    assert "digitalen Postfach" not in covering
    found = standing(box, VIERNHEIM, sent)
    assert [one.event.type for one in found.recorded] == [EventType.SUBMISSION_ACCEPTED, *LETTER[:2]]
    assert (found.recorded[1].event.reason, found.status, found.computation) == (
        "no-postbox", Status.LETTER_READY, None,
    )  # fmt: skip
    clock.forward(days=2)
    record_posting(box, caller(), sent, WEDNESDAY)
    dates = proven(box, sent, clock()).computation
    assert (dates["announced_strict"], dates["announced_lenient"]) == ("2026-11-29", "2026-11-30")
    assert (dates["citizen_safe_until"], dates["final_not_before"]) == ("2026-12-29", "2026-12-31")
    clock.forward(days=6)
    run_due(box, clock())
    assert proven(box, sent, clock()).status is Status.ANNOUNCED
    assert recompute(dataclasses.replace(box, calendar_changes=read_changes(FREE_DAY)), clock()) == 1
    assert proven(box, sent, clock()).computation["final_not_before"] == "2027-01-01"


def test_a_letter_to_a_letter_box_that_comes_back_announced_nothing(box, without_postbox, clock):
    """Not announced; another address is another letter, and its day is the one that counts."""
    sent = submit(box, submission(without_postbox, upload()), caller(), clock()).notice
    run_due(box, clock())
    record_posting(box, caller(), sent, NOON.date())
    clock.forward(days=3)
    record_return(box, caller(), sent, "moved")
    found = proven(box, sent, clock())
    assert (found.computation["announced"], found.computation["final_not_before"]) == ("no", None)
    assert "Der Brief kam zurück" in " ".join(explain(Computation.from_json(found.computation), "de"))
    printed(box, sent, clock, reason="unreachable", address=["Hans Muster", "Neue Straße 1", "68519 Viernheim"])
    record_posting(box, caller(), sent, date(2026, 11, 26))
    assert proven(box, sent, clock()).computation["announced_strict"] == "2026-11-30"
    assert "Neue Straße 1" in text_of((jobs(box)[1] / "1-Anschreiben.pdf").read_bytes())


def test_a_letter_waits_for_its_moment_and_its_release(box, without_postbox, clock):
    """Scheduling, holding and withdrawing stop a letter as they stop what becomes available."""
    later = submission(without_postbox, upload(), publish_at=(clock() + timedelta(days=1)).isoformat())
    sent = submit(box, later, caller(), clock()).notice
    run_due(box, clock())
    hold(box, caller(), sent, "sender-request")
    clock.forward(days=2)
    run_due(box, clock())
    assert jobs(box) == []
    release(box, caller(), sent)
    run_due(box, clock())
    assert len(jobs(box)) == 1
    with pytest.raises(NotNow) as raised:
        hold(box, caller(), sent, "sender-request")
    assert code_of(raised) == "letter-under-way"
    never = submit(box, submission(without_postbox, upload(), key="2"), caller(), clock()).notice
    withdraw(box, caller(), never, "sent-in-error")
    run_due(box, clock())
    assert len(jobs(box)) == 1


def test_a_letter_box_is_one_for_its_authority_and_needs_a_print_room(box, without_postbox, clock):
    """The same address and case again is the same recipient; what the law or nobody can post is refused."""
    case = Case(reference="U-7", service="Urkundenanforderung", applicant="Hans Muster")
    again = register_letter_box(box, inland=True, address=ADDRESS, case=case, caller=caller(), now=NOON)
    assert (again.id, again.created) == (without_postbox, False)
    other = register_letter_box(
        box, inland=True, address=[*ADDRESS, "Hinterhaus"], case=case, caller=caller(), now=NOON
    )
    assert (other.id != without_postbox, other.created) == (True, True)
    with pytest.raises(Unacceptable) as raised:
        register_letter_box(box, inland=True, address="Köln", case=case, caller=caller(), now=NOON)
    assert code_of(raised) == "address-malformed"
    for there, changes, code in (
        (dataclasses.replace(box, paper=None), {}, "no-print-service"),
        (box, {"procedural_law": "VwZG"}, "no-rule"),
    ):
        with pytest.raises(Unacceptable) as raised:
            submit(there, submission(without_postbox, upload(), **changes), caller(), clock())
        assert code_of(raised) == code
    with box.database.read() as connection:
        kept = connection.execute(select(tables.mailboxes.c.postal_address)).scalars().all()
    assert not any(b"Heidestra" in bytes(one) for one in kept if one)


@pytest.mark.parametrize(
    ("law", "strict"), [("VwVfG", "2026-11-26"), ("SGB X", "2026-11-25")], ids=["§ 41(2a) VwVfG", "§ 37(2a) SGB X"]
)
def test_what_is_opened_in_the_postbox_after_the_letter_was_posted_is_proven(box, recipient, clock, law, strict):
    """Retrieval moves the citizen's day to the earlier one; the verifier comes to it from the events, and to no other."""
    portal = dataclasses.replace(box, settings=dataclasses.replace(box.settings, part_of_user_account=""))
    sent = submit(portal, submission(recipient, procedural_law=law), caller(), clock()).notice
    run_due(portal, clock())
    printed(portal, sent, clock, reason="recipient-asked")
    clock.forward(days=1)
    record_posting(portal, caller(), sent, date(2026, 11, 24))
    clock.forward(days=1)
    fetch(portal, sent, clock())
    found = proven(portal, sent, clock())
    assert found.computation["rule_id"].startswith(("VWVFG_41_2/", "SGBX_37_2/"))
    assert (found.computation["announced_strict"], found.computation["announced_lenient"][:7]) == (strict, "2026-11")
    events, computations = [one.event for one in found.recorded], kept(portal, sent)
    assert check_dates(computations, events)
    for before in (None, date(2026, 11, 25 if law == "VwVfG" else 26)):
        forged = compute(dataclasses.replace(computations[-1].case, announced_before=before))
        told = [dataclasses.replace(event, payload=_rebound(event, computations[-1], forged)) for event in events]
        with pytest.raises(EvidenceInvalid) as raised:
            check_dates([*computations[:-1], forged], told)
        assert raised.value.code == "computation-facts"


def kept(box, notice):
    with box.database.read() as connection:
        rows = notices.computations_of(connection, notice)
    return [Computation.from_json(json.loads(row["content"])) for row in rows]


def _rebound(event, true, forged):
    bound = event.payload.get("computation") == computation_digest(true)
    return {**event.payload, **({"computation": computation_digest(forged)} if bound else {})}


def fetch(box, notice, now):
    with box.database.read() as connection:
        (document,) = notices.documents_of(connection, notice)
    who = reader(box, notice)
    ticket = issue_ticket(box, document_id=document["id"], reader=who, now=now)
    return b"".join(offer(box, ticket=ticket, reader=who, now=now))


def test_the_code_on_a_letter_answers_once_it_is_posted(box, without_postbox, clock):
    """Nothing before; then it stands, by the digest on the covering letter; what came back is unknown again."""
    sent = submit(box, submission(without_postbox, upload()), caller(), clock()).notice
    run_due(box, clock())
    covering = (jobs(box)[0] / "1-Anschreiben.pdf").read_bytes()
    code, digest = scanned(covering)[0][0].partition("#")[2], hashlib.sha256(pdf())
    assert digest.hexdigest() in text_of(covering).replace("\r\n", "").replace("\ufffe", "")
    assert inquire(box, code, digest.digest()) is Validity.UNKNOWN
    record_posting(box, caller(), sent, NOON.date())
    assert inquire(box, code, digest.digest()) is Validity.VALID
    record_return(box, caller(), sent, "moved")
    assert inquire(box, code, digest.digest()) is Validity.UNKNOWN


def test_only_what_is_printed_is_on_record_as_handed_over(box, without_postbox, clock):
    """Data for machines are no sheet; and a print job recorded a day late leaves the true day of posting."""
    data = Upload(name="daten.json", media_type="application/json", content=BytesIO(b"{}"))
    said = [{"role": "main"}, {"role": "data"}]
    sent = submit(box, submission(without_postbox, upload(), data, documents=said), caller(), clock()).notice
    run_due(box, clock())
    relayed = standing(box, VIERNHEIM, sent).recorded[-1].event
    assert (relayed.type, len(relayed.payload["documents"])) == (EventType.RELAYED_TO_NON_ERDS, 1)
    with box.database.write() as connection:  # as after a crash between print job and record
        notices.change(connection, sent, printed_at=clock.forward(days=1))
    record_posting(box, caller(), sent, NOON.date())
