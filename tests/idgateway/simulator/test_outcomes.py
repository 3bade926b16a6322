"""Logins that end without data: over the HTTP API and by page, each with its status, signed, its handle untouched."""

import base64
import json

import pytest
from lxml import etree

from idgateway.simulator.outcomes import OUTCOMES
from tests.idgateway.simulator.conftest import SSO
from tests.idgateway.simulator.sp import NS, OID

JSON = {"Accept": "application/json"}
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


def _told(walk, query, **bent):
    return walk.client.post(SSO, data=walk.provider.form(**bent), query_string=query, headers=JSON)


def _read(encoded):
    root = etree.fromstring(base64.b64decode(encoded))
    return root, tuple(found.get("Value") for found in root.iter(f"{{{NS['samlp']}}}StatusCode"))


def _opened(told):
    return _read(dict(told.json["fields"])["SAMLResponse"])


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_every_end_can_be_had_without_pages(walk, name):
    """``?outcome=`` needs no person: a signed response with the table's codes, no assertion, the request's handle."""
    told = _told(walk, {"outcome": name})
    root, codes = _opened(told)
    assert codes == OUTCOMES[name].codes
    assert all(code.startswith(STATUS) for code in codes)
    assert root.find("ds:Signature", NS) is not None
    assert root.find(".//saml:EncryptedAssertion", NS) is None
    assert dict(told.json["fields"])["RelayState"] == "opaque-handle"


@pytest.mark.parametrize("name", sorted(set(OUTCOMES) - {"cancel"}))
def test_every_end_can_be_had_by_page(walk, name):
    """The page of means offers each, before anybody is chosen, and the answer carries its codes."""
    path = walk.begin()
    assert f'<option value="{name}">' in walk.client.get(path).text
    assert _read(walk.decide(path, name).fields["SAMLResponse"])[1] == OUTCOMES[name].codes


def test_an_unknown_end_is_refused(walk):
    """Never a sound answer under the name of an end nobody knows."""
    refused = _told(walk, {"outcome": "meteorite"})
    assert (refused.status_code, refused.json["code"]) == (400, "sim-outcome-unknown")


def test_missing_attributes_are_all_named(walk):
    """StatusDetail is JSON of version 1.0 whose one error names every required OID, and no optional one."""
    extension = walk.provider.extension(wanted=("surname", "givenName", "birthdate"), required=("surname", "birthdate"))
    root, _ = _opened(_told(walk, {"outcome": "attributes-missing"}, extension=extension))
    (error,) = json.loads(root.findtext(".//akdb:StatusDetail", namespaces=NS))["errors"]
    assert error["code"] == "IDP_REQUIRED_ATTRIBUTES_MISSING"
    assert OID["surname"] in error["message"]
    assert OID["birthdate"] in error["message"]
    assert OID["givenName"] + "," not in error["message"] + ","


def test_cancelling_with_a_back_url_is_mere_navigation(walk):
    """No SAML: a program is told where the browser goes, a browser is sent there; without a BackURL it is SAML."""
    extra = "<u:BackURL>https://service.example.org/antrag</u:BackURL>"
    extension = walk.provider.extension(extra=extra)
    told = _told(walk, {"outcome": "cancel"}, extension=extension).json
    assert (told["url"], told["fields"], told["method"]) == ("https://service.example.org/antrag", [], "get")
    browser = walk.client.post(SSO, data=walk.provider.form(extension=extension), query_string={"outcome": "cancel"})
    assert (browser.status_code, browser.location) == (303, "https://service.example.org/antrag")
    assert _told(walk, {"outcome": "cancel"}).json["method"] == "post"


def test_a_passive_request_is_told_that_somebody_has_to_be_asked(walk):
    """IsPassive forbids every page: NoPassive at once (SAML Core 3.4.1.1); without it the pages come."""
    request = walk.provider.request()
    request.set("IsPassive", "true")
    page = walk.post_request({"SAMLRequest": walk.provider.encoded(walk.provider.sign(request))})
    assert page.status_code == 200
    request = walk.provider.request()
    request.set("IsPassive", "true")
    form = {"SAMLRequest": walk.provider.encoded(walk.provider.sign(request))}
    root, codes = _opened(walk.client.post(SSO, data=form, query_string={"person": "erika-eid"}, headers=JSON))
    assert codes == (STATUS + "Responder", STATUS + "NoPassive")
    assert root.find(".//saml:EncryptedAssertion", NS) is None
    request = walk.provider.request()
    request.set("IsPassive", "false")
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(walk.provider.sign(request))}) is None
