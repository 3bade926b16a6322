"""Bad input at the running demo: each gets a clear answer, opens nothing, loses nothing, and stands beside its twin."""

import base64
import re
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import pytest
import requests

from tests.flows.acts import SAMPLE_FILE, Acts, System, case_number
from tests.flows.conftest import Demo
from tests.http import Browser, forms_of

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]
ERROR_NUMBER = re.compile(r"\b[0-9a-f]{16}\b")
LARGEST = 20 * 1024 * 1024


def begun(acts: Acts) -> requests.Response:
    """A login that has left the town and stands at the gate's page."""
    return acts.get(f"{acts.demo.town}/urkunde/anmelden")


def answer_of(acts: Acts, person: str = "erika-eid") -> tuple[str, dict[str, str]]:
    """A login up to the stand-in's answer: where it is to be posted, and its fields."""
    page = acts.choose(begun(acts), person)
    (form,) = forms_of(page.text)
    return form["action"], form["fields"]


def deliver(browser: Browser, action: str, fields: dict[str, str]) -> requests.Response:
    """Post an answer without following where it leads."""
    return browser.post(action, data=fields, timeout=20, allow_redirects=False)


def check_refused(answer: requests.Response, browser: Browser) -> None:
    """A page of the 400s with an error number; no redirect, no code, no session."""
    assert 400 <= answer.status_code < 500
    assert "Location" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")
    assert ERROR_NUMBER.search(answer.text)
    assert answer.headers["X-Request-ID"] in answer.text
    assert "code=" not in answer.text
    assert "__Host-gate" not in browser.cookies


def test_a_replayed_answer_opens_nothing(demo: Demo) -> None:
    """The first delivery logs in; the same bytes afterwards are refused, also in a browser that never asked."""
    acts = Acts(demo=demo)
    action, fields = answer_of(acts)
    first = deliver(acts.browser, action, fields)
    assert (first.status_code, "/continue/" in first.headers["Location"]) == (303, True)
    inside = acts.agree(acts.get(first.headers["Location"]))
    assert "MUSTERMANN" in inside.text
    stranger = Browser()
    check_refused(deliver(stranger, action, fields), stranger)


def test_an_answer_caught_before_its_owner_arrives_opens_nothing_elsewhere(demo: Demo) -> None:
    """A thief with the answer reaches the continue address and is turned away there; the login is burnt for all."""
    acts, thief = Acts(demo=demo), Browser()
    action, fields = answer_of(acts)
    onward = deliver(thief, action, fields).headers["Location"]
    check_refused(thief.get(onward, timeout=20, allow_redirects=False), thief)
    check_refused(acts.get(onward, allow_redirects=False), acts.browser)


def test_an_answer_to_another_login_opens_nothing(demo: Demo) -> None:
    """Erika's answer beside the relay state of somebody else's login is refused, and that login still ends well."""
    erika, other = Acts(demo=demo), Acts(demo=demo)
    _, hers = answer_of(erika)
    action, theirs = answer_of(other, "hans-guenther-eid")
    check_refused(deliver(other.browser, action, {**theirs, "SAMLResponse": hers["SAMLResponse"]}), other.browser)
    inside = other.get(deliver(other.browser, action, theirs).headers["Location"])
    assert "DREBENBUSCH" in inside.text


UNSOLICITED: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "nobody asked": lambda fields: {**fields, "RelayState": secrets.token_urlsafe(32)},
    "no relay state": lambda fields: {"SAMLResponse": fields["SAMLResponse"]},
    "nothing at all": lambda _: {},
    "no answer": lambda fields: {"RelayState": fields["RelayState"]},
    "garbage": lambda fields: {**fields, "SAMLResponse": "!" * 300},
    "no XML": lambda fields: {**fields, "SAMLResponse": base64.b64encode(b"hello").decode()},
    "a document type": lambda fields: {
        **fields,
        "SAMLResponse": base64.b64encode(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>').decode(),
    },
    "cut in half": lambda fields: {
        **fields,
        "SAMLResponse": fields["SAMLResponse"][: len(fields["SAMLResponse"]) // 8 * 4],
    },
}


@pytest.mark.parametrize("spoil", UNSOLICITED.values(), ids=UNSOLICITED)
def test_garbage_and_unsolicited_answers_open_nothing(demo: Demo, spoil: Callable) -> None:
    """Refused on a page; afterwards the sound answer still logs in, for nothing was used up."""
    acts = Acts(demo=demo)
    action, fields = answer_of(acts)
    check_refused(deliver(acts.browser, action, spoil(fields)), acts.browser)
    assert "MUSTERMANN" in acts.get(deliver(acts.browser, action, fields).headers["Location"]).text


FOREIGN = {
    "unknown client": {"client_id": "nobody"},
    "redirect URI of another host": {"redirect_uri": "https://evil.example/callback"},
    "redirect URI with more path": {"redirect_uri": "{town}/urkunde/callback/../x"},
    "redirect URI with a query": {"redirect_uri": "{town}/urkunde/callback?x=1"},
    "no redirect URI": {"redirect_uri": ""},
}


@pytest.mark.parametrize("changes", FOREIGN.values(), ids=FOREIGN)
def test_nobody_is_sent_to_an_unregistered_place(demo: Demo, changes: dict[str, str]) -> None:
    """A page, never a redirect; the registered client with its own address goes on."""
    system, browser = System(demo=demo), Browser()
    sound = browser.get(system.authorize("v" * 43), timeout=20, allow_redirects=False)
    assert (sound.status_code, "SAMLRequest" in sound.text) == (200, True)
    given = {name: value.format(town=demo.town) for name, value in changes.items()}
    check_refused(browser.get(system.authorize("v" * 43, **given), timeout=20, allow_redirects=False), browser)


def test_a_fault_that_may_be_told_is_told_at_the_registered_address(demo: Demo) -> None:
    """With client and redirect URI right, the error goes there: error, state and iss, no code."""
    address = System(demo=demo).authorize("v" * 43, response_type="token", state="s-1")
    answer = requests.get(address, timeout=20, allow_redirects=False)
    assert answer.headers["Location"].startswith(f"{demo.town}/urkunde/callback?")
    assert "error=unsupported_response_type" in answer.headers["Location"]
    assert "state=s-1" in answer.headers["Location"]
    assert "code=" not in answer.headers["Location"].replace("error_code=", "")


def oauth_error(answer: requests.Response, code: str) -> None:
    assert answer.status_code == 400
    assert answer.json()["error"] == code
    assert not {"access_token", "id_token"} & answer.json().keys()


def test_a_wrong_verifier_gets_no_token(demo: Demo) -> None:
    """PKCE: whoever caught the code cannot use it."""
    system = System(demo=demo)
    fields = system.code(Acts(demo=demo))
    oauth_error(system.redeem({**fields, "code_verifier": secrets.token_urlsafe(48)}), "invalid_grant")


def test_a_code_is_good_once(demo: Demo) -> None:
    """The first time it brings tokens, the second time an error, and what it had brought is void (RFC 6749 4.1.2)."""
    system = System(demo=demo)
    fields = system.code(Acts(demo=demo))
    first = system.redeem(fields)
    assert first.status_code == 200
    bearer = {"Authorization": f"Bearer {first.json()['access_token']}"}
    told = requests.get(f"{demo.gate}/userinfo", headers=bearer, timeout=20)
    assert told.json()["family_name"] == "MUSTERMANN"
    oauth_error(system.redeem(fields), "invalid_grant")
    assert requests.get(f"{demo.gate}/userinfo", headers=bearer, timeout=20).status_code == 401


def test_an_application_sent_twice_is_one(demo: Demo) -> None:
    """The same form posted again leads to the same receipt, and the office sees one case more, not two."""
    citizen, staff = Acts(demo=demo), Acts(demo=demo)
    before = staff.enter_casework().text.count("<article")
    form = citizen.log_in(begun(citizen), "erika-eid")
    fields = {"certificate": "birth", "copies": "1", "channel": "postbox"}
    first, again = (case_number(citizen.send(form, "/antrag", fields)) for _ in range(2))
    assert first == again
    assert staff.get(f"{demo.postbox}/casework").text.count("<article") == before + 1


@pytest.fixture(scope="module")
def recipient(demo: Demo) -> Iterator[str]:
    """A recipient reference of the town: Erika ordered a certificate and wants the answer in the postbox."""
    case = case_number(Acts(demo=demo).order(channel="postbox"))
    cases = Acts(demo=demo).enter_casework()
    return re.search(rf'/casework/cases/(rcp_\w+)">{case}', cases.text)[1]


def problem(answer: requests.Response, status: int, code: str) -> dict:
    """An RFC 9457 problem document with a stable code."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(code)
    assert body["title"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body


def test_a_notice_of_a_wrong_type_is_a_problem(demo: Demo, recipient: str) -> None:
    """What is no PDF is refused and the field is named; the PDF is taken."""
    system = System(demo=demo)
    body = problem(system.submit(recipient, document=b"Dear citizen", media_type="text/plain"), 422, "unacceptable")
    assert {error["pointer"] for error in body["errors"]} == {"/documents/0"}
    body = problem(system.submit(recipient, document=b"GIF89a not a PDF"), 422, "unacceptable")
    assert [error["code"] for error in body["errors"]] == ["not-a-pdf"]
    assert system.submit(recipient).status_code == 201


def test_a_notice_that_is_too_large_is_a_problem(demo: Demo, recipient: str) -> None:
    """One byte more than twenty mebibytes is refused by name."""
    padded = SAMPLE_FILE.read_bytes().ljust(LARGEST + 1, b"\n")
    problem(System(demo=demo).submit(recipient, document=padded), 413, "too-large")


def test_an_unknown_recipient_is_a_problem(demo: Demo, recipient: str) -> None:
    """Well-formed or not: nobody is told which recipients there are."""
    system = System(demo=demo)
    unknown = recipient[:-6] + ("222222" if not recipient.endswith("222222") else "333333")
    body = problem(system.submit(unknown), 422, "unknown-recipient")
    assert body["errors"][0]["pointer"] == "/recipient"


def test_the_same_key_with_other_content_is_a_problem(demo: Demo, recipient: str) -> None:
    """The same again gets the same answer; anything else under that key is refused."""
    system, key = System(demo=demo), secrets.token_hex(16)
    first, again = (system.submit(recipient, key=key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    problem(system.submit(recipient, key=key, title="Anderer Titel"), 422, "idempotency-key-reused")


def test_without_a_token_nothing_is_looked_at(demo: Demo, recipient: str) -> None:
    """No token, and a token that may only register recipients: 401 and 403, as problems."""
    url, system = f"{demo.postbox}/v1/notices", System(demo=demo)
    problem(requests.post(url, data=b"x", timeout=20), 401, "token-missing")
    weak = {"Authorization": f"Bearer {system.token('recipients:write')}"}
    problem(requests.post(url, files={"notice": b"{}"}, headers=weak, timeout=20), 403, "insufficient-scope")


def test_every_house_answers_an_unknown_address_with_a_page(demo: Demo) -> None:
    """404 with a number and a way on, and the way on leads somewhere."""
    for origin in (demo.gate, demo.postbox, demo.town):
        lost = requests.get(f"{origin}/nowhere", timeout=20)
        assert (lost.status_code, bool(ERROR_NUMBER.search(lost.text))) == (404, True)
        way = re.search(r'<main.*?href="([^"]+)"', lost.text, re.DOTALL)[1]
        assert requests.get(urljoin(origin, way), timeout=20).status_code == 200
