"""What people and applications meet when a login ends without one: every status, cancelling, too late, twice."""

import base64
import re
from urllib.parse import quote, urlsplit

import pytest
from lxml import etree

from idgateway.endings import ENDINGS, IDP_CODES
from idgateway.simulator.outcomes import OUTCOMES
from idgateway.words import DATA
from tests.http import links_of
from tests.idgateway.login.door import ACS, Door, logged_in
from tests.idgateway.login.world import CALLBACK, ISSUER, RESTART, Person, World, query_of

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
OAUTH_ERRORS = {  # RFC 6749 4.1.2.1 and OpenID Connect Core Error Code unmet_authentication_requirements 1.0
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    "unmet_authentication_requirements",
}
ENDS = {
    "failure": ("means-failed", "unmet_authentication_requirements", "nicht gelungen"),
    "eid-failed": ("means-failed", "unmet_authentication_requirements", "PIN"),
    "level-not-reached": ("means-failed", "unmet_authentication_requirements", "nicht gelungen"),
    "timeout": ("provider-error", "temporarily_unavailable", "zu lange gedauert"),
    "unavailable": ("provider-error", "temporarily_unavailable", "Störung"),
    "attributes-missing": ("attributes-missing", "access_denied", "fehlen Angaben"),
    "denied": ("request-denied", "access_denied", "abgelehnt"),
    "unsupported": ("request-faulty", "server_error", "Der Fehler liegt bei uns"),
    "no-passive": ("request-faulty", "server_error", "Der Fehler liegt bei uns"),
}


def _continued(person: Person, there):
    assert there.status_code == 303, there.text
    return person.get(there.location.removeprefix(ISSUER))


def _told_by(page) -> dict[str, str]:
    """What the application hears when the person goes back from a page."""
    return query_of(next(link for link in links_of(page.text) if link.startswith(f"{CALLBACK}?")))


def test_every_reason_has_words_and_a_known_oauth_error():
    """The table is complete: title, cause and cure, and only errors that applications know."""
    for code, face in ENDINGS.items():
        assert all((face.title, face.cause, face.cure)), code
        assert face.error in OAUTH_ERRORS | {""}, code
        assert 400 <= face.status < 600, code
    assert set(OUTCOMES) == set(ENDS) | {"cancel"}


@pytest.mark.parametrize("outcome", sorted(ENDS))
def test_a_proven_no_is_a_page_whose_way_back_tells_the_application(door: Door, outcome):
    """Cause and cure on our page, none of the provider's words; the way back carries error, reason, state and issuer."""
    code, error, sentence = ENDS[outcome]
    person = door.world.browser()
    page = _continued(person, door.deliver(door.told(door.begin(person), outcome=outcome)["fields"]))
    assert page.status_code == ENDINGS[code].status
    assert sentence in page.text
    assert OUTCOMES[outcome].message not in page.text
    assert _told_by(page) == {"error": error, "error_description": code, "state": person.state, "iss": ISSUER}
    assert any(link.startswith(RESTART) for link in links_of(page.text))


def test_a_page_of_a_no_bears_reloading_and_another_language(door: Door):
    """For its five minutes it is there again, in English too; another browser sees none of it, then it is over."""
    person = door.world.browser()
    there = door.deliver(door.told(door.begin(person), outcome="denied")["fields"])
    first, again = _continued(person, there), _continued(person, there)
    assert _told_by(first) == _told_by(again)
    english = person.get(f"{urlsplit(there.location).path}?lang=en")
    assert "Your account refused the login" in english.text
    door.world.clock.turn(minutes=5)
    late = _continued(person, there)
    assert "attempt-expired" in late.text
    assert any(link.startswith(RESTART) for link in links_of(late.text))


def test_missing_data_are_named_in_words(door: Door):
    """The OIDs of StatusDetail become words; neither the OIDs nor the provider's sentence are shown."""
    person = door.world.browser()
    page = _continued(person, door.deliver(door.answer(person, "status-attributes-missing")))
    assert "<li>Vornamen</li>" in page.text
    assert "urn:oid" not in page.text
    assert "Missing required" not in page.text
    assert _told_by(page)["error"] == "access_denied"


def test_cancelling_without_a_way_back_is_told_to_the_application(door: Door):
    """A signed "cancelled" leads straight back: the application says it, with a sentence of its own."""
    person = door.world.browser()
    back = _continued(person, door.deliver(door.answer(person, "status-cancelled")))
    assert back.location.startswith(f"{CALLBACK}?")
    assert query_of(back.location)["error"] == "access_denied"


@pytest.mark.parametrize("word", ["AuthnFailed", "NoAuthnContext", "RequestDenied", "RequestUnsupported"])
def test_a_no_that_nobody_signed_ends_nothing(door: Door, word):
    """It has its page with a way back, the application hears nothing of it, and the true answer still is a login."""
    person = door.world.browser()
    true = door.answer(person)
    page = door.deliver(_forged_no(true, word))
    assert 400 <= page.status_code < 500
    assert ENDINGS[_code_of(page)].error
    links = links_of(page.text)
    assert any(link.startswith(RESTART) for link in links)
    assert not any(link.startswith(f"{CALLBACK}?") for link in links)
    assert logged_in(person, door.deliver(true))


def _forged_no(fields: list[list[str]], word: str) -> list[list[str]]:
    """What anybody could make of an answer on its way: a no to the same question, without signature and assertion."""
    given = dict(fields)
    root = etree.fromstring(base64.b64decode(given["SAMLResponse"]))
    root.remove(root.find(SIGNATURE))
    root.remove(root.find("{urn:oasis:names:tc:SAML:2.0:assertion}EncryptedAssertion"))
    top = root.find(".//{*}StatusCode")
    top.set("Value", "urn:oasis:names:tc:SAML:2.0:status:Requester")
    etree.SubElement(top, top.tag).set("Value", f"urn:oasis:names:tc:SAML:2.0:status:{word}")
    return [["SAMLResponse", base64.b64encode(etree.tostring(root)).decode()], ["RelayState", given["RelayState"]]]


def _code_of(page) -> str:
    return next(code for code in ENDINGS if f">{code}<" in page.text)


def test_garbage_never_burns_an_honest_login(door: Door):
    """With the true relay state: nonsense, an unsigned no, a foreign signature, half an answer; then the true one."""
    person = door.world.browser()
    good = door.told(door.begin(person), person="erika-eid")["fields"]
    relay, answer = dict(good)["RelayState"], dict(good)["SAMLResponse"]
    other = dict(door.answer(door.world.browser(), "foreign-key"))["SAMLResponse"]
    cancelled = dict(_forged_no(good, "AuthnFailed"))["SAMLResponse"]
    for garbage in ("", "x", answer[: len(answer) // 2], answer[:-8] + "AAAAAAA=", other, cancelled, "A" * 600_000):
        page = door.deliver([["SAMLResponse", garbage], ["RelayState", relay]])
        assert 400 <= page.status_code < 500, garbage[:20]
        assert "Location" not in page.headers
    assert 400 <= door.deliver([["RelayState", relay]]).status_code < 500
    assert logged_in(person, door.deliver(good))


def _way_back(door: Door, person: Person) -> str:
    told = door.told(door.begin(person), outcome="cancel")
    assert told["method"] == "get"
    assert told["url"].startswith(f"{ISSUER}/back/")
    return told["url"].removeprefix(ISSUER)


def test_the_way_back_from_the_account_tells_the_application(door: Door):
    """BundID 9.5: no answer comes, only the person; in their browser the application hears access_denied."""
    person = door.world.browser()
    back = person.get(_way_back(door, person))
    assert query_of(back.location) == {
        "error": "access_denied",
        "error_description": "login-cancelled",
        "state": person.state,
        "iss": ISSUER,
    }


def test_the_way_back_burns_nothing(door: Door):
    """Anybody may follow it: in another browser it is a page, and an answer that still comes is a login."""
    person = door.world.browser()
    asked = door.begin(person)
    good = door.told(asked, person="erika-eid")["fields"]
    ticket = _ticket(asked)
    stranger = door.world.browser().get(f"/back/{ticket}")
    assert stranger.status_code == 400
    assert not any(link.startswith(f"{CALLBACK}?") for link in links_of(stranger.text))
    assert person.get(f"/back/{ticket}").status_code == 303
    assert logged_in(person, door.deliver(good))
    assert "attempt-used" in person.get(f"/back/{ticket}").text


def _ticket(asked: dict) -> str:
    request = base64.b64decode(asked["fields"]["SAMLRequest"]).decode()
    return re.search(r"BackURL>[^<]*/back/([^<]+)<", request)[1]


@pytest.mark.parametrize("ticket", ["x", "A" * 43, quote("ä" * 43), "A" * 5000])
def test_a_way_back_that_nobody_knows_is_a_page(door: Door, ticket):
    """Never a fault of ours, and a way on to the services."""
    page = door.world.browser().get(f"/back/{ticket}")
    assert page.status_code == 400
    assert "attempt-unknown" in page.text
    assert "/" in links_of(page.text)


@pytest.mark.parametrize("code", sorted(IDP_CODES))
def test_bundids_own_code_on_the_way_back_is_a_fault_of_ours(door: Door, code):
    """Where ``idp.code`` comes along, the person is told whose fault it is; an unknown one is a mere way back."""
    person = door.world.browser()
    path = _way_back(door, person)
    page = person.get(f"{path}?idp.code={code}")
    assert page.status_code == 400
    assert _told_by(page)["error"] == "server_error"
    assert query_of(person.get(f"{path}?idp.code=<script>").location)["error"] == "access_denied"


def test_the_codes_have_a_page_of_their_own(world: World):
    """Each reason and each idp.code stands there, to be linked to."""
    page = world.browser().get("/codes")
    assert page.status_code == 200
    for code in (*ENDINGS, *IDP_CODES):
        assert f'id="{code}"' in page.text


def test_an_expired_login_begins_again_at_its_application(door: Door):
    """Hours too late, and others logged in since: the page still leads to a new login of the same application."""
    person = door.world.browser()
    fields = door.answer(person)
    door.world.clock.turn(hours=6)
    door.begin(door.world.browser())
    page = door.deliver(fields)
    assert page.status_code == 400
    assert "attempt-expired" in page.text
    assert links_of(page.text).count(f"{RESTART}?iss={quote(ISSUER, safe='')}") == 1


def test_going_back_after_the_login_leads_on(door: Door):
    """The answer sent once more, the one-time address opened once more: a page that leads to the application."""
    person = door.world.browser()
    fields = door.answer(person)
    there = door.deliver(fields)
    assert logged_in(person, there)
    for page in (door.deliver(fields), _continued(person, there)):
        assert page.status_code == 400
        assert "schon abgeschlossen" in page.text
        assert any(link.startswith(RESTART) for link in links_of(page.text))


def test_all_data_have_words():
    """Whatever may be missing or asked for can be named."""
    from idgateway.attributes import TABLE

    assert {known.name for known in TABLE} <= set(DATA)
    assert ACS.startswith(ISSUER)
