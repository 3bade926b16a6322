"""Both stories by plain HTTP, on SQLite and on PostgreSQL: log in and order; send, announce, open, save and prove."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from postbox.proof.anchors import Anchors
from postbox.proof.report import Status
from postbox.proof.verify import verify
from tests.flows.acts import Acts, System, case_number, link
from tests.flows.conftest import Demo, start_demo, stop, verified, wait_until_ready
from tests.flows.outsiders import Outsiders
from tests.postgresql import PostgresServer

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]
SAMPLE = "/urkunde/muster.pdf"


@pytest.fixture(scope="session")
def demo_on_postgresql(postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with both houses' data in PostgreSQL."""
    for house in ("gate", "postbox"):
        postgresql.execute(f"CREATE DATABASE story_{house}")
    url = postgresql.url("story_{house}").replace("postgresql://", "postgresql+psycopg://")
    running = start_demo(tmp_path_factory.mktemp("demo-on-postgresql") / "data", "--database", url)
    try:
        wait_until_ready(running)
        yield running
    finally:
        stop(running)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Demo:
    """The running demo, on each engine in turn."""
    return request.getfixturevalue("demo" if request.param == "sqlite" else "demo_on_postgresql")


def test_both_stories_are_told_over_http(place: Demo, tmp_path: Path) -> None:
    """From the order to the red verification; what arrives is what was sent, byte for byte, and the seal behind it."""
    citizen, staff = Acts(demo=place), Acts(demo=place)
    receipt = citizen.order(channel="postbox")
    assert "/urkunde/fertig" in receipt.url
    sent = requests.get(place.town + SAMPLE, timeout=10).content
    followed = answer_the_case(staff, case_number(receipt), sent)
    proof_of_the_office = staff.get(link(followed, "/proof")).content
    check_the_mail(citizen)
    page = open_at_the_needed_level(citizen)
    saved = citizen.send(page, "/documents/", {})
    assert saved.content.startswith(sent)
    assert b"/ETSI.CAdES.detached" in saved.content[len(sent) :]
    assert "Demo-Siegel, nicht qualifiziert" in page.text
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert "/proof" not in page.text, "the proof holds the documents: first they are saved, on record"
    page = citizen.await_page(page.url, lambda shown: "vollständig übertragen" in shown.text)
    weaker = ("aufgezeichnet", "im Protokoll versiegelt", "mit unabhängigem Zeitstempel")
    page = citizen.await_page(page.url, lambda shown: not any(f"({word})" in shown.text for word in weaker))
    assert "(von einem Zeugen außerhalb gesehen)" in page.text
    assert citizen.get(link(page, "/summary")).content.startswith(b"%PDF-")
    bundle = citizen.get(link(page, "/proof")).content
    prove(citizen, bundle, tmp_path)
    Outsiders(bundle, Anchors.from_json((tmp_path / "anchors.json").read_bytes()), tmp_path / "bundle").agree()
    assert documents_in(proof_of_the_office) == documents_in(bundle) == [saved.content]


def answer_the_case(staff: Acts, case: str, document: bytes) -> requests.Response:
    """The caseworker finds the case, previews with dates, sends, sends again; the page of the available notice."""
    cases = staff.enter_casework()
    page = staff.get(re.search(rf'href="([^"]+)">{case}', cases.text)[1].join((staff.demo.postbox, "")))
    assert "ERIKA MUSTERMANN" in page.text
    preview = staff.compose(page, document)
    assert re.search(r"gilt er am \d+\. \w+ 20\d\d als bekannt gegeben", preview.text)
    first, again = (staff.send(preview, "/send", {}) for _ in range(2))
    assert first.url == again.url, "pressing twice sends once"
    return staff.await_page(first.url, lambda shown: "/proof" in shown.text)


def check_the_mail(citizen: Acts) -> None:
    """An e-mail says that something has arrived; it names nobody and nothing."""
    mails = citizen.await_page(f"{citizen.demo.town}/mail", lambda shown: "/mail/" in shown.text)
    mail = citizen.get(link(mails, "/mail/[0-9]"))
    body = re.search(r'board-mail">(.*?)</div>', mail.text, re.DOTALL)[1]
    assert f'href="{citizen.demo.postbox}/"' in body
    assert not re.search("mustermann|urkunde|URK-", body, re.IGNORECASE)


def open_at_the_needed_level(citizen: Acts) -> requests.Response:
    """With the password the row is locked and says why; with the identity card the notice opens."""
    locked = citizen.enter_postbox("basic", "erika-password")
    assert "Basisregistrierung" in locked.text
    assert not re.search(r'<h2[^>]*><a[^>]*href="/notices/', locked.text)
    way = citizen.get(link(locked, "/login\\?level=substantial"))
    page = citizen.log_in(way, "erika-eid")
    assert "/notices/ntc_" in page.url
    assert re.search(r"Widersprechen Sie spätestens am \d+\. \w+ 20\d\d", page.text)
    return page


def prove(citizen: Acts, bundle: bytes, folder: Path) -> None:
    """The page and the command line agree: genuine; after one flipped byte neither believes it."""
    anchors = folder / "anchors.json"
    anchors.write_bytes(citizen.get(f"{citizen.demo.postbox}/anchors.json").content)
    machine = citizen.get(f"{citizen.demo.town}/kippen")
    flipped = citizen.send(machine, "/kippen", {}, files={"bundle": ("nachweis.zip", bundle)}).content
    report = verify(bundle, Anchors.from_json(anchors.read_bytes()), datetime.now(UTC))
    told = {step.name: (step.status, step.german) for step in report.steps}
    assert (told["time"][0], told["witness"][0], told["container"][0]) == (Status.OK,) * 3, told
    assert "alle Ereignisse" in told["time"][1]
    assert "nicht qualifiziert" in told["time"][1]
    assert "zeuge.bensheim.example" in told["witness"][1]
    for name, content, sentence, code in (
        ("nachweis.zip", bundle, "Der Nachweis ist echt und unverändert.", 0),
        ("gekippt.zip", flipped, "Der Nachweis trägt nicht.", 1),
    ):
        form = citizen.get(f"{citizen.demo.postbox}/verify")
        judged = citizen.send(form, "/verify", {}, files={"bundle": (name, content)})
        assert sentence in judged.text
        (folder / name).write_bytes(content)
        assert verified(folder / name, anchors) == code


def documents_in(bundle: bytes) -> list[bytes]:
    """The PDFs of a bundle."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return [archive.read(name) for name in archive.namelist() if name.startswith("documents/")]


def test_a_guest_gets_a_letter(place: Demo) -> None:
    """Who has no account is never offered the postbox; the office answers as ever, and a print job lies ready."""
    guest = Acts(demo=place)
    form = guest.log_in(guest.read_on(guest.get(f"{place.town}/urkunde/anmelden?zugang=gast")), "guest-eid")
    assert 'value="letter"' in form.text
    assert 'value="postbox"' not in form.text
    receipt = guest.send(form, "/antrag", {"certificate": "birth", "copies": "1"})
    assert "Die Urkunde kommt per Brief" in receipt.text
    staff, sent = Acts(demo=place), requests.get(place.town + SAMPLE, timeout=10).content
    cases = staff.enter_casework()
    page = staff.get(place.postbox + re.search(rf'href="([^"]+)">{case_number(receipt)}', cases.text)[1])
    assert "Briefkasten, per Post" in page.text
    preview = staff.compose(page, sent)
    assert "Wird der Brief an diesem Tag zur Post gegeben" in preview.text
    followed = staff.await_page(staff.send(preview, "/send", {}).url, lambda shown: "liegt bereit seit" in shown.text)
    notice = re.search(r"ntc_\w+", followed.url)[0]
    (job,) = (place.data / "data/letters").glob(f"*-{notice}")
    assert (job / "2-Dokument.pdf").read_bytes().startswith(sent)
    assert "/proof" in followed.text


def test_two_people_never_see_each_others_notices(place: Demo) -> None:
    """Hans-Günther's postbox is his own: Erika's notice is not in it, and its address says nothing."""
    erika, hans, staff = (Acts(demo=place) for _ in range(3))
    receipt = erika.order(channel="postbox")
    answer_the_case(staff, case_number(receipt), requests.get(place.town + SAMPLE, timeout=10).content)
    address = erika.enter_postbox("high", "erika-eid")
    mine = erika.get(link(address, "/notices/ntc_"))
    assert mine.status_code == 200
    empty = hans.enter_postbox("high", "hans-guenther-eid")
    assert "In Ihrem Postfach liegt noch nichts" in empty.text
    assert hans.get(mine.url).status_code == 404


def test_the_specialist_system_hands_a_notice_over(place: Demo) -> None:
    """The API takes a notice with a token of the gate, and the citizen finds it."""
    erika, staff, system = Acts(demo=place), Acts(demo=place), System(demo=place)
    case = case_number(erika.order(channel="postbox"))
    recipient = re.search(rf'/casework/cases/(rcp_\w+)">{case}', staff.enter_casework().text)[1]
    answer = system.submit(recipient, title="Auskunft aus dem Fachverfahren")
    assert answer.status_code == 201, answer.text
    assert {"notice", "accepted_at", "receipt"} <= answer.json().keys()
    erika.enter_postbox("substantial", "erika-eid")
    erika.await_page(f"{place.postbox}/", lambda shown: "Auskunft aus dem Fachverfahren" in shown.text)
