"""The stand-in without pages: the catalogue as JSON, and answers at once for tests of any service."""

import pytest

from idgateway.simulator.catalogue import BROKEN
from idgateway.simulator.persons import PERSONS
from tests.http import forms_of
from tests.idgateway.simulator.conftest import SSO

JSON = {"Accept": "application/json"}


def _ask(walk, identifier, query=None, headers=None, **bent):
    form = walk.provider.form(identifier=identifier, **bent)
    return walk.client.post(SSO, data=form, query_string=query or {}, headers=headers or {})


def _verdict(walk, told, identifier):
    return walk.provider.judge(dict(told["fields"])["SAMLResponse"], walk.idp_metadata(), identifier).verdict


def test_the_catalogue_tells_everything_a_test_needs(walk):
    """Each entry has name, family, two languages, its rule and what is expected; at least sixty are to be refused."""
    told = walk.client.get("/catalogue").json
    assert [answer["name"] for answer in told["answers"]] == list(BROKEN)
    assert sum(answer["expectation"] == "refuse" for answer in told["answers"]) >= 60
    assert {answer["expectation"] for answer in told["answers"]} == {"refuse", "accept"}
    assert all(answer["family"] in told["families"] and answer["rule"] for answer in told["answers"])
    assert all(answer["description"]["de"] and answer["description"]["en"] for answer in told["answers"])
    assert {person["key"] for person in told["persons"]} == {person.key for person in PERSONS}


def test_person_and_fault_in_the_address_are_answered_at_once(walk):
    """As data: the form's address and fields; python3-saml refuses the fault and accepts the answer without it."""
    broken = _ask(walk, "_direct-broken", {"person": "erika-eid", "fault": "tampered"}, JSON).json
    sound = _ask(walk, "_direct-sound", {"person": "erika-eid"}, JSON).json
    assert broken["url"] == sound["url"] == walk.provider.acs_url
    assert dict(sound["fields"])["RelayState"] == "opaque-handle"
    assert not _verdict(walk, broken, "_direct-broken")
    assert _verdict(walk, sound, "_direct-sound")


def test_the_headers_do_the_same_and_a_browser_gets_the_form(walk):
    """Browser tests add headers, for the service builds the address; the page is the usual one."""
    headers = {"X-Simulator-Person": "erika-eid", "X-Simulator-Fault": "replay", "Accept": "text/html"}
    page = _ask(walk, "_direct-headers", headers=headers)
    assert page.status_code == 200
    assert len(forms_of(page.text)) == 2
    assert walk.provider.acs_url == forms_of(page.text)[0]["action"]
    assert "http://localhost:*" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"person": "nobody"}, "sim-person-not-offered"),
        ({"fault": "xsw-3"}, "sim-person-not-offered"),
        ({"person": "erika-eid", "fault": "no-such-fault"}, "sim-fault-unknown"),
        ({"person": "erika-eid", "fault": "level-higher"}, "sim-fault-without-bite"),
    ],
)
def test_a_wish_that_does_not_fit_is_refused_with_its_code(walk, query, code):
    """Never a sound answer under a fault's name; a program gets 400 and the code, a browser the error page."""
    refused = _ask(walk, "_direct-json", query, JSON, level=4)
    assert (refused.status_code, refused.json["code"]) == (400, code)
    assert _ask(walk, "_direct-page", query, level=4).location.endswith(f"idp.code={code}")
    assert _ask(walk, "_direct-twin", {"person": "erika-eid", "fault": "xsw-3"}, JSON, level=4).status_code == 200


@pytest.mark.parametrize(
    ("query", "cause"), [({"fault": "xsw-3"}, "no person is named"), ({"person": "nobody"}, "this person does not fit")]
)
def test_who_names_no_fitting_person_is_told_who_would(walk, query, cause):
    """A fault without a person is another mistake than an unknown person; both answers name the fitting ones."""
    detail = _ask(walk, "_direct-told", query, JSON, level=4).json["detail"]
    assert detail.startswith(cause)
    assert "erika-eid" in detail


def test_a_request_that_is_refused_says_so_to_a_program(walk):
    """Without a valid request there is no answer, whatever is wished."""
    refused = walk.client.post(SSO, data={"SAMLRequest": "junk"}, query_string={"person": "erika-eid"}, headers=JSON)
    assert (refused.status_code, refused.json["code"]) == (400, "sim-not-readable")


def test_the_index_page_says_how(walk):
    """Whoever opens the stand-in finds the way to test without pages."""
    page = walk.client.get("/").text
    assert f"POST {SSO}?person=erika-eid&amp;fault=xsw-3" in page
    assert "X-Simulator-Person" in page
    assert 'href="/catalogue"' in page
