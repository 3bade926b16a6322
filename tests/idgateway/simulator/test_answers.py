"""Refusals, cancelling, and broken answers: each wrong in its named place, and sound without it."""

import base64
import json

import pytest
from lxml import etree

from idgateway.simulator.catalogue import BROKEN, FAMILIES
from tests.idgateway.simulator.sp import NS, OID

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


def _status(form):
    root = etree.fromstring(base64.b64decode(form.fields["SAMLResponse"]))
    codes = [found.get("Value").removeprefix(STATUS) for found in root.iter(f"{{{NS['samlp']}}}StatusCode")]
    return root, codes


def test_a_missing_required_attribute_denies_the_request_and_names_it(walk):
    """Requester / RequestDenied with JSON that names the OID; no assertion; the page announces it beforehand."""
    extension = walk.provider.extension(wanted=("surname", "givenName"), required=("givenName",))
    path = walk.begin(extension=extension)
    assert "Eine Pflichtangabe fehlt" in walk.choose(path, "single-name-eid").text
    root, codes = _status(walk.decide(path, "agree"))
    assert codes == ["Requester", "RequestDenied"]
    detail = json.loads(root.findtext(".//akdb:StatusDetail", namespaces=NS))
    assert detail["version"] == "1.0"
    assert detail["errors"][0]["code"] == "IDP_REQUIRED_ATTRIBUTES_MISSING"
    assert OID["givenName"] in detail["errors"][0]["message"]
    assert root.find(".//saml:EncryptedAssertion", NS) is None
    assert walk.log_in("erika-eid", extension=extension).valid


def test_without_enable_status_detail_the_reason_stays_out(walk):
    """StatusDetail is for those who asked for it."""
    extension = walk.provider.extension(wanted=("givenName",), required=("givenName",), detail="false")
    root, codes = _status(walk.answer(walk.begin(extension=extension), "single-name-eid"))
    assert codes == ["Requester", "RequestDenied"]
    assert root.find(".//samlp:StatusDetail", NS) is None


def test_an_optional_attribute_that_is_missing_denies_nothing(walk):
    """Missing and not required is merely absent."""
    login = walk.log_in("single-name-eid", extension=walk.provider.extension(wanted=("surname", "givenName")))
    assert login.valid


def test_cancelling_without_a_back_url_is_a_signed_saml_error(walk):
    """Requester / AuthnFailed, signed by the stand-in, before or after a person was chosen."""
    path = walk.begin(identifier="_cancelled")
    form = walk.decide(path, "cancel")
    root, codes = _status(form)
    assert codes == ["Requester", "AuthnFailed"]
    assert root.get("InResponseTo") == "_cancelled"
    assert root.find("ds:Signature", NS) is not None
    assert form.fields["RelayState"] == "opaque-handle"


def test_cancelling_with_a_back_url_is_a_link_and_no_saml(walk):
    """BundID navigates to BackURL; the page offers the link and no cancel button."""
    extra = "<u:BackURL>https://service.example.org/antrag</u:BackURL>"
    page = walk.client.get(walk.begin(extension=walk.provider.extension(extra=extra))).text
    assert 'href="https://service.example.org/antrag"' in page
    assert 'value="cancel"' not in page
    assert 'value="cancel"' in walk.client.get(walk.begin()).text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "http://service.example.org/"])
def test_a_back_url_a_browser_should_not_follow_is_ignored(walk, url):
    """Only https, and http on the loopback of a test."""
    page = walk.client.get(walk.begin(extension=walk.provider.extension(extra=f"<u:BackURL>{url}</u:BackURL>"))).text
    assert url not in page
    assert 'value="cancel"' in page


def test_a_technical_error_has_its_own_status(walk):
    """Requester / NoAuthnContext, as the agency's simulator sends it."""
    assert _status(walk.decide(walk.begin(), "failure"))[1] == ["Requester", "NoAuthnContext"]


def test_a_reload_shows_the_same_answer(walk):
    """A login is answered once: a second click or a reload gets the same form, never a second assertion."""
    path = walk.begin()
    first = walk.answer(path, "erika-eid")
    again = walk.decide(path, "agree")
    late = walk.decide(path, "cancel")
    assert first.fields == again.fields == late.fields
    assert walk.answer(walk.begin(), "erika-eid").fields != first.fields


#  Faults python3-saml in strict mode detects by itself; the others are for checks a service has to write.
DETECTED = {
    "unsigned",
    "foreign-key",
    "tampered",
    "tampered-response",
    "not-encrypted",
    "wrong-issuer",
    "wrong-audience",
    "wrong-in-response-to",
    "expired",
    "aged",
    "not-yet-valid",
}


@pytest.mark.parametrize("fault", sorted(DETECTED))
def test_a_broken_answer_is_refused_by_an_independent_library(walk, fault):
    """python3-saml refuses the broken answer and accepts its twin without the fault."""
    wanted = walk.provider.extension(wanted=("surname", "bPK2", "level"))
    assert not walk.log_in("erika-eid", decision="broken", fault=fault, extension=wanted).valid
    assert walk.log_in("hans-guenther-eid", extension=wanted).valid


def test_broken_values_are_broken_exactly_where_they_say(walk):
    """Faults that a library may not see stand in the assertion as named, under valid signatures."""
    wanted = walk.provider.extension(wanted=("surname", "bPK2", "level"))
    logins = {
        fault: walk.log_in("erika-eid", decision="broken", fault=fault, extension=wanted)
        for fault in ("level-too-low", "level-contradiction", "level-unknown", "pairwise-id-missing", "wrong-recipient")
    }
    assert all(login.valid for login in logins.values())
    assert logins["level-too-low"].response.get_authn_contexts() == ["STORK-QAA-Level-1"]
    assert logins["level-too-low"].trust()["EID-CITIZEN-QAA-LEVEL"][0] == "STORK-QAA-Level-1"
    assert logins["level-contradiction"].response.get_authn_contexts() == ["STORK-QAA-Level-4"]
    assert logins["level-contradiction"].trust()["EID-CITIZEN-QAA-LEVEL"][0] == "STORK-QAA-Level-1"
    assert logins["level-unknown"].response.get_authn_contexts() == ["STORK-QAA-Level-5"]
    assert "bPK2" not in logins["pairwise-id-missing"].trust()
    recipient = logins["wrong-recipient"].assertion.find(".//saml:SubjectConfirmationData", NS).get("Recipient")
    assert recipient != walk.provider.acs_url
    assert walk.provider.acs_url in recipient


def test_a_replay_offers_the_same_answer_twice(walk):
    """Two forms with one and the same answer, and no script that sends them."""
    path = walk.begin()
    form = walk.answer(path, "erika-eid", "broken", "replay")
    assert form.count == 2
    assert form.page.text.count(form.fields["SAMLResponse"]) == 2
    assert "<script" not in form.page.text


def test_faults_without_a_bite_are_not_offered(walk):
    """At the basic level nothing is too low; without a request for bPK2 none can be missing."""
    plain = walk.provider.extension(wanted=("surname",))
    offered = walk.choose(walk.begin(level=1, extension=plain), "erika-eid").text
    for fault in ("level-too-low", "level-contradiction", "pairwise-id-missing", "pairwise-id-twice"):
        assert f'value="{fault}"' not in offered
    town = walk.provider.extension(wanted=("surname", "localityName", "bPK2", "level", "provedBy"))
    full = walk.choose(walk.begin(level=3, extension=town), "erika-eid").text
    assert all(f'value="{fault}"' in full for fault in BROKEN)
    assert full.count("<optgroup") == len(FAMILIES)
