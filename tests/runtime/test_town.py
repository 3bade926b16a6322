"""The sample town without the houses: its form, its login against a tiny provider, the machines of the board."""

import asyncio
import io
import json
import re
import smtplib
import threading
import zipfile
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt

from runtime.demo.board import mails
from runtime.demo.board.flip import NoBundle, flip
from runtime.demo.mail import Catcher
from runtime.demo.site import create_app
from runtime.demo.town.application import Application, Problem, read_form
from runtime.demo.town.gate import Gate, GateUnavailable
from runtime.demo.town.person import Told, level_of, person_from
from runtime.demo.town.settings import TownSettings
from runtime.shell import dress
from tests.http import forms_of
from tests.runtime.provider import Provider, Running

TODAY = date(2026, 11, 23)
HIGH = "http://eidas.europa.eu/LoA/high"
ERIKA = {
    "sub": "pairwise-1",
    "given_name": "ERIKA",
    "family_name": "MUSTERMANN",
    "birthdate": "1964-08-12",
    "place_of_birth": {"locality": "BERLIN"},
    "address": {"street_address": "HEIDESTRAẞE 17", "postal_code": "51147", "locality": "KÖLN", "country": "DE"},
    "postbox_address": "opaque",
    "verified_claims": [
        {
            "verification": {
                "trust_framework": "eidas",
                "assurance_level": "high",
                "evidence": [{"type": "electronic_record", "record": {"type": "eID"}}],
            },
            "claims": {
                "given_name": "ERIKA",
                "family_name": "MUSTERMANN",
                "birthdate": "1964-08-12",
                "address": {"street_address": "HEIDESTRAẞE 17", "postal_code": "51147", "locality": "KÖLN"},
            },
        }
    ],
}
FORM = {"certificate": "birth", "copies": "2", "purpose": " Heirat ", "channel": "postbox", "place_of_birth": "Berlin"}


@pytest.fixture
def provider():
    """A provider and postbox on a real socket."""
    with Running() as running:
        running.userinfo = dict(ERIKA)
        yield running


@pytest.fixture
def settings(provider: Provider, tmp_path) -> TownSettings:
    """Settings with a fresh client key."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "town.pem").write_bytes(key)
    return TownSettings(
        name="Stadt Viernheim",
        public_url="http://localhost:8083",
        issuer=provider.url,
        client_id="urkunde-online",
        guest_client_id="urkunde-online-gast",
        trade_client_id="gewerbe-online",
        key_file=tmp_path / "town.pem",
        postbox_url=provider.url,
        simulator_url="http://127.0.0.1:8081",
        database_file=tmp_path / "data" / "town.db",
        mail_directory=tmp_path / "mail",
    )


@pytest.fixture
def browser(settings: TownSettings):
    """A client of the dressed site."""
    client = dress(create_app(settings), title="Stadt Viernheim", demo=True).test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return client


def _go_to_gate(browser, provider: Provider, path: str = "/urkunde/anmelden") -> dict[str, str]:
    """Start a login; returns what the town asked the gate, and lets the provider answer with its nonce."""
    asked = browser.get(path)
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked.location).query).items()}
    provider.nonce = query["nonce"]
    return query


def _come_back(browser, provider: Provider, query: dict[str, str], **changed):
    answer = {"code": "c", "state": query["state"], "iss": provider.url, **changed}
    return browser.get(
        "/urkunde/callback", query_string={name: value for name, value in answer.items() if value is not None}
    )


def _log_in(browser, provider: Provider) -> str:
    assert _come_back(browser, provider, _go_to_gate(browser, provider)).location == "/urkunde/antrag"
    return browser.get("/urkunde/antrag").text


def _csrf(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


# -- what the gate tells


def test_a_value_is_locked_only_where_exactly_it_was_proved():
    """The proof counts for the value it was given for; an unproved or different value stays open."""
    person = person_from({**ERIKA, "given_name": "Eri"}, HIGH)
    assert person.told["family_name"] == Told(value="MUSTERMANN", level="high", means="eID")
    assert person.told["family_name"].locked
    assert not person.told["given_name"].locked
    assert not person.told["place_of_birth"].locked
    assert "birth_family_name" not in person.told


def test_unknown_levels_never_become_a_level():
    """Only eIDAS levels count; our own basic and inventions do not."""
    assert [level_of(f"http://eidas.europa.eu/LoA/{each}") for each in ("low", "high")] == ["low", "high"]
    assert level_of("http://localhost:8080/loa/basic") == level_of("HIGH") == level_of("") == ""


def test_a_login_at_level_low_locks_nothing():
    """A low proof is told, and the person may correct it."""
    low = {**ERIKA["verified_claims"][0]["verification"], "assurance_level": "low"}
    person = person_from({**ERIKA, "verified_claims": [{**ERIKA["verified_claims"][0], "verification": low}]}, HIGH)
    assert person.told["family_name"].level == "low"
    assert not person.told["family_name"].locked


# -- the form


def _read(person=None, **changed) -> Application | tuple[Problem, ...]:
    form = {name: value for name, value in {**FORM, **changed}.items() if value is not None}
    return read_form(form, person or person_from(ERIKA, HIGH), TODAY)


def test_a_complete_form_becomes_an_application():
    """Proved values come from the login, open ones from the form."""
    application = _read()
    assert isinstance(application, Application)
    assert application.name == "ERIKA MUSTERMANN"
    assert application.person["place_of_birth"] == "Berlin"
    assert (application.copies, application.purpose) == (2, "Heirat")


def test_a_locked_value_cannot_be_changed_by_the_form():
    """Whatever the browser sends for a proved value is not read."""
    application = _read(family_name="MÜLLER", birthdate="2000-01-01")
    assert application.person["family_name"] == "MUSTERMANN"
    assert application.person["birthdate"] == "1964-08-12"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"certificate": "passport"}, "certificate"),
        ({"certificate": None}, "certificate"),
        ({"copies": "0"}, "copies"),
        ({"copies": "two"}, "copies"),
        ({"channel": None}, "channel"),
        ({"purpose": "x" * 501}, "purpose"),
        ({"place_of_birth": "x" * 201}, "place_of_birth"),
    ],
)
def test_each_wrong_field_is_named(changed, field):
    """One problem, tied to its field."""
    assert [problem.field for problem in _read(**changed)] == [field]


def test_without_postbox_address_only_a_letter_is_possible():
    """A forged choice is refused; the letter is taken."""
    guest = person_from({name: value for name, value in ERIKA.items() if name != "postbox_address"}, HIGH)
    assert [problem.field for problem in _read(guest)] == ["channel"]
    assert isinstance(_read(guest, channel="letter"), Application)


def test_a_letter_needs_an_address_and_the_postbox_does_not():
    """Someone whose login told no address can still choose the postbox."""
    homeless = person_from({name: ERIKA[name] for name in ("sub", "family_name", "birthdate", "postbox_address")}, HIGH)
    form = {"family_name": "ANJALI", "birthdate": "1990-01-01"}
    assert isinstance(_read(homeless, **form), Application)
    fields = [problem.field for problem in _read(homeless, channel="letter", **form)]
    assert fields == ["street_address", "postal_code", "locality"]


@pytest.mark.parametrize(
    ("text", "fine"), [("1956-00-00", True), ("2026-11-22", True), ("2026-11-23", False), ("x", False), ("x-00", False)]
)
def test_a_birthdate_lies_in_the_past_or_is_partly_unknown(text, fine):
    """Cards of people with an unknown birthday carry zeros."""
    person = person_from({"sub": "s", "family_name": "ANJALI", "postbox_address": "a"}, HIGH)
    result = _read(person, family_name="ANJALI", birthdate=text)
    assert isinstance(result, Application) is fine


# -- the login


def test_the_town_asks_for_what_it_needs_and_no_more(browser, provider):
    """Code flow, PKCE S256, level substantial; a guest asks without postbox under another client."""
    query = _go_to_gate(browser, provider)
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["acr_values"] == "http://eidas.europa.eu/LoA/substantial"
    assert (query["client_id"], query["scope"]) == ("urkunde-online", "openid profile address postbox")
    guest = _go_to_gate(browser, provider, "/urkunde/anmelden?zugang=gast")
    assert (guest["client_id"], guest["scope"]) == ("urkunde-online-gast", "openid profile address")


def test_a_login_fills_the_form_in_and_locks_what_was_proved(browser, provider):
    """Name locked with its source, place of birth open, both channels offered."""
    page = _log_in(browser, provider)
    assert re.search(r'name="family_name"[^>]*value="MUSTERMANN"[^>]*readonly', page)
    assert "Online-Ausweis, Vertrauensniveau hoch" in page
    assert 'value="12. August 1964"' in page
    assert not re.search(r'name="place_of_birth"[^>]*readonly', page)
    assert 'value="postbox" checked' in page


def test_the_town_proves_itself_with_a_fresh_signed_assertion(browser, provider, settings):
    """private_key_jwt with ES256, addressed to the token endpoint, a new jti each time, and the verifier of PKCE."""
    jtis = []
    for _ in range(2):
        _log_in(browser, provider)
        body = next(body for path, body in reversed(provider.seen) if path == "/token")
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        assertion = jwt.decode(sent["client_assertion"], Gate(settings)._key, algorithms=["ES256"])
        assert assertion.claims["aud"] == f"{provider.url}/token"
        assert assertion.claims["iss"] == assertion.claims["sub"] == "urkunde-online"
        assert len(sent["code_verifier"]) >= 43
        jtis.append(assertion.claims["jti"])
    assert len(set(jtis)) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "forged"},
        {"state": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"code": None},
        {"error": "server_error"},
    ],
)
def test_an_answer_that_is_not_ours_makes_no_login(browser, provider, changed):
    """State, issuer and code are checked before anything is redeemed; the page has an error number."""
    answer = _come_back(browser, provider, _go_to_gate(browser, provider), **changed)
    assert answer.status_code == 400
    assert answer.headers["X-Request-ID"] in answer.text
    assert not [path for path, _ in provider.seen if path == "/token"]
    assert browser.get("/urkunde/antrag").location == "/urkunde"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"acr": "http://eidas.europa.eu/LoA/low"},
        {"acr": None},
        {"sub": "someone-else"},
    ],
)
def test_an_id_token_with_a_wrong_claim_makes_no_login(browser, provider, claims):
    """Nonce, audience, issuer, expiry, level, and the subject of userinfo."""
    provider.id_token = claims
    assert _come_back(browser, provider, _go_to_gate(browser, provider)).status_code == 400
    assert browser.get("/urkunde/antrag").location == "/urkunde"


def test_an_answer_in_another_browser_makes_no_login(browser, provider, settings):
    """Login CSRF: the answer to somebody else's login is worth nothing here."""
    query = _go_to_gate(browser, provider)
    stranger = dress(create_app(settings), title="Stadt Viernheim").test_client()
    assert _come_back(stranger, provider, query).status_code == 400


def test_a_cancelled_login_is_no_error(browser, provider):
    """A friendly page with a way on."""
    answer = _come_back(browser, provider, _go_to_gate(browser, provider), error="access_denied", code=None)
    assert answer.status_code == 200
    assert "Anmeldung abgebrochen" in answer.text


def test_a_login_changes_the_browser_s_name(browser, provider):
    """Session fixation: the cookie from before the login opens nothing after it, and the answer counts once."""
    query = _go_to_gate(browser, provider)
    before = browser.get_cookie("__Host-town").value
    assert _come_back(browser, provider, query).status_code == 303
    assert browser.get_cookie("__Host-town").value != before
    browser.set_cookie("__Host-town", before, secure=True)
    assert browser.get("/urkunde/antrag").location == "/urkunde"
    assert _come_back(browser, provider, query).status_code == 400


def test_a_gate_that_names_another_issuer_is_not_used(settings, provider):
    """Discovery must be about the issuer that was asked."""
    assert Gate(settings).begin(guest=False).url.startswith(provider.url)
    provider.issuer = "https://evil.example"
    with pytest.raises(GateUnavailable):
        Gate(settings).begin(guest=False)


def test_without_gate_there_is_a_page_and_no_crash(provider, settings):
    """503 and an error number."""
    from dataclasses import replace

    lost = replace(settings, issuer="http://127.0.0.1:9")
    client = dress(create_app(lost), title="Stadt Viernheim").test_client()
    assert client.get("/urkunde/anmelden").status_code == 503


# -- sending


def test_an_application_gets_a_case_number_and_a_recipient(browser, provider):
    """The delivery address goes to the postbox with the case; the receipt says where the answer comes."""
    page = _log_in(browser, provider)
    sent = browser.post("/urkunde/antrag", data={**FORM, "csrf": _csrf(page)})
    assert sent.location == "/urkunde/fertig"
    receipt = browser.get("/urkunde/fertig").text
    reference = re.search(r"URK-\d{4}-\w{6}", receipt)[0]
    body = next(body for path, body in provider.seen if path == "/v1/recipients")
    assert f'"reference": "{reference}"' in body
    assert '"applicant": "ERIKA MUSTERMANN"' in body
    assert '"postbox_address": "opaque"' in body
    assert "digitales Postfach" in receipt


def test_a_letter_goes_to_a_letter_box_of_the_case(browser, provider):
    """Who wants paper is known to the postbox by the postal address; the receipt says letter."""
    page = _log_in(browser, provider)
    browser.post("/urkunde/antrag", data={**FORM, "channel": "letter", "csrf": _csrf(page)})
    body = json.loads(next(body for path, body in provider.seen if path == "/v1/recipients"))
    assert body["postal_address"] == ["ERIKA MUSTERMANN", "HEIDESTRAẞE 17", "51147 KÖLN"]
    assert "postbox_address" not in body
    assert "per Brief" in browser.get("/urkunde/fertig").text


def test_a_second_click_sends_nothing_twice(browser, provider):
    """The same visit has one application and one case number."""
    data = {**FORM, "csrf": _csrf(_log_in(browser, provider))}
    browser.post("/urkunde/antrag", data=data)
    first = re.search(r"URK-\d{4}-\w{6}", browser.get("/urkunde/fertig").text)[0]
    browser.post("/urkunde/antrag", data=data)
    assert first in browser.get("/urkunde/fertig").text
    assert len([path for path, _ in provider.seen if path == "/v1/recipients"]) == 1


def test_an_unreachable_postbox_loses_no_application(browser, provider):
    """It is kept; trying again works, and so does a letter."""
    provider.postbox_status = 503
    page = _log_in(browser, provider)
    browser.post("/urkunde/antrag", data={**FORM, "csrf": _csrf(page)})
    waiting = browser.get("/urkunde/fertig").text
    assert "Ihr Antrag ist sicher gespeichert" in waiting
    provider.postbox_status = 201
    browser.post("/urkunde/fertig", data={"csrf": _csrf(waiting)})
    assert "Ihr Antrag ist sicher gespeichert" not in browser.get("/urkunde/fertig").text


def test_wrong_entries_are_kept_and_named_at_the_top(browser, provider):
    """Error summary with links to the fields, title says so, typed values stay."""
    page = _log_in(browser, provider)
    wrong = {**FORM, "certificate": "", "place_of_birth": "Bremen", "csrf": _csrf(page)}
    answer = browser.post("/urkunde/antrag", data=wrong).text
    assert "<title>Fehler: " in answer
    assert 'href="#certificate"' in answer
    assert 'id="certificate"' in answer
    assert 'value="Bremen"' in answer


def test_logging_out_ends_the_visit(browser, provider):
    """The form is closed afterwards, also to who kept the cookie."""
    page = _log_in(browser, provider)
    kept = browser.get_cookie("__Host-town").value
    browser.post("/urkunde/abmelden", data={"csrf": _csrf(page)})
    assert browser.get_cookie("__Host-town") is None
    browser.set_cookie("__Host-town", kept, secure=True)
    assert browser.get("/urkunde/antrag").location == "/urkunde"


def test_logging_out_leads_over_the_gate(browser, provider, settings):
    """The ID token is posted, never in an address, and the way back is named; the visit is over before that."""
    provider.metadata = {"end_session_endpoint": f"{provider.url}/logout"}
    page = _log_in(browser, provider)
    answer = browser.post("/urkunde/abmelden", data={"csrf": _csrf(page)})
    assert answer.status_code == 200
    (form,) = (form for form in forms_of(answer.text) if form["action"] == f"{provider.url}/logout")
    assert form["method"] == "post"
    assert form["fields"]["post_logout_redirect_uri"] == f"{settings.public_url}/urkunde"
    assert form["fields"]["id_token_hint"].count(".") == 2
    assert provider.url in answer.headers["Content-Security-Policy"]
    assert browser.get("/urkunde/antrag").location == "/urkunde"


# -- the board


def test_the_story_has_ten_steps_with_links_and_proofs(browser):
    """Each step leads somewhere on gate, postbox, stand-in or town."""
    page = browser.get("/").text
    assert page.count("Was Sie damit gezeigt haben:") == 10
    assert len(re.findall(r'<a class="kern-btn kern-btn--secondary" href="(?:/|http://)', page)) == 10


def test_the_sample_certificate_is_a_tagged_pdf(browser):
    """PDF/UA: tagged, with a title and a language; served as an attachment."""
    import pikepdf

    with browser.get("/urkunde/muster.pdf") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        with pikepdf.open(io.BytesIO(answer.data)) as pdf:
            assert pdf.Root.MarkInfo.Marked
            assert str(pdf.Root.Lang) == "de-DE"
            assert "pdfuaid:part" in pdf.open_metadata()


def _bundle(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_flipping_changes_one_bit_of_the_document_and_nothing_else():
    """The copy is a sound archive, its other members are the same."""
    document = b"%PDF-1.7 " + bytes(range(200))
    copy, name = flip(_bundle(manifest=b"{}", document=document))
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert archive.testzip() is None
        assert archive.read("manifest") == b"{}"
        changed = archive.read("document")
    assert name == "document"
    bits = sum((a ^ b).bit_count() for a, b in zip(changed, document, strict=True))
    assert bits == 1


@pytest.mark.parametrize(
    "sent",
    [b"", b"no zip", _bundle(readme=b"text"), _bundle(document=b"%PDF-1.7 x")[:-30]],
    ids=["empty", "no-zip", "no-document", "truncated"],
)
def test_flipping_refuses_what_is_no_bundle(browser, sent):
    """Said on the page, not thrown; a real bundle comes back as a file."""
    with pytest.raises(NoBundle):
        flip(sent)
    csrf = _csrf(browser.get("/kippen").text)
    refused = browser.post("/kippen", data={"csrf": csrf, "bundle": (io.BytesIO(sent), "x.zip")})
    assert refused.status_code == 400
    taken = {"csrf": csrf, "bundle": (io.BytesIO(_bundle(document=b"%PDF-1.7 x")), "x.zip")}
    with browser.post("/kippen", data=taken) as answer:
        assert answer.mimetype == "application/zip"


def test_mails_that_are_sent_are_caught_and_shown(browser, settings):
    """Over real SMTP into a file, then on the page, its link clickable and its markup harmless."""
    from aiosmtpd.smtp import SMTP

    loop = asyncio.new_event_loop()
    catcher = Catcher(settings.mail_directory)
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(catcher, loop=loop), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with smtplib.SMTP("127.0.0.1", server.sockets[0].getsockname()[1], timeout=10) as client:
        text = "Subject: Neue Nachricht\nTo: e@example.org\nFrom: p@example.org\n\n<b>da</b> http://localhost:8082/"
        client.sendmail("p@example.org", ["e@example.org"], text)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.run_until_complete(server.wait_closed())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    [mail] = mails.newest_first(settings.mail_directory)
    assert abs((datetime.now(UTC) - mail.received).total_seconds()) < 60
    assert f'href="/mail/{mail.name}">Neue Nachricht</a>' in browser.get("/mail").text
    page = browser.get(f"/mail/{mail.name}").text
    assert "&lt;b&gt;da" in page
    assert 'href="http://localhost:8082/"' in page


@pytest.mark.parametrize("name", ["..%2Ftown", "20261123000000000-abcdef01", "x"])
def test_mails_are_found_by_their_name_only(browser, settings, name):
    """Neither paths nor unknown names lead anywhere."""
    settings.mail_directory.mkdir()
    (settings.mail_directory.parent / "town.eml").write_text("Subject: x\n\nx")
    assert browser.get(f"/mail/{name}").status_code == 404
