"""HTTP-Redirect: what is served, and each way of not being signed over exactly the bytes that came."""

import base64
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from lxml import etree

from idgateway.simulator.app import create_app
from idgateway.simulator.bindings import MAX_INFLATED, inflate
from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.settings import SimulatorSettings
from tests.idgateway.simulator.conftest import BASE
from tests.idgateway.simulator.redirects import REDIRECT, packed, query, request_to_redirect
from tests.idgateway.simulator.sp import NS, PSS, new_key

NOT_SIGNED = "saml-request-not-signed"


def _code(walk, asked):
    """The ``idp.code``, or None when the request is served."""
    response = walk.client.get(f"{REDIRECT}?{asked}")
    assert response.status_code == 303
    found = re.search(r"idp\.code=([a-z0-9-]+)", response.location)
    assert found or response.location.startswith("/login/")
    return found[1] if found else None


def test_metadata_offer_both_bindings(walk):
    """POST first, as BundID prefers it, then Redirect, both signed."""
    role = etree.fromstring(walk.idp_metadata()).find("md:IDPSSODescriptor", NS)
    offered = [
        (found.get("Binding").rpartition(":")[2], found.get("Location"))
        for found in role.findall("md:SingleSignOnService", NS)
    ]
    assert offered == [("HTTP-POST", f"{BASE}/idp/profile/SAML2/POST/SSO"), ("HTTP-Redirect", BASE + REDIRECT)]
    assert role.get("WantAuthnRequestsSigned") == "true"


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-pss"])
def test_a_redirect_leads_to_a_login_like_any_other(walk, algorithm):
    """Signed with RSA-SHA256 or RSA-PSS, it ends in an answer that python3-saml accepts, RelayState untouched."""
    request = request_to_redirect(walk.provider, identifier="_redirected")
    options = {"algorithm": PSS} if algorithm == "rsa-pss" else {}
    asked = query(walk.provider, etree.tostring(request), **options)
    path = walk.client.get(f"{REDIRECT}?{asked}").location
    form = walk.answer(path, "erika-eid")
    assert walk.provider.judge(form.fields["SAMLResponse"], walk.idp_metadata(), "_redirected").verdict
    assert form.fields["RelayState"] == "opaque-handle"


def test_the_signature_covers_the_bytes_as_they_came(walk):
    """Lower-case escapes are signed as such and served; the same query rewritten with capitals is refused."""

    def lower(text, safe):
        return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe=safe))

    asked = query(walk.provider, escape=lower)
    rewritten = re.sub(r"%[0-9a-f]{2}", lambda found: found[0].upper(), asked)
    assert asked != rewritten
    assert _code(walk, rewritten) == NOT_SIGNED
    assert _code(walk, asked) is None


def test_wishes_beside_the_message_change_nothing(walk):
    """``person`` and ``fault`` stand outside what is signed; the answer comes at once."""
    told = walk.client.get(
        f"{REDIRECT}?person=erika-eid&{query(walk.provider)}", headers={"Accept": "application/json"}
    )
    assert told.json["url"] == walk.provider.acs_url


def test_without_relay_state_it_is_left_out_of_what_is_signed(walk):
    """SAML Bindings 3.4.4.1: no RelayState, no part in the signature; added afterwards, it is refused."""
    asked = query(walk.provider, relay_state=None)
    assert _code(walk, asked + "&RelayState=smuggled") == NOT_SIGNED
    assert _code(walk, asked) is None


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        (NOT_SIGNED, lambda asked: re.sub("&Signature=.*", "", asked)),
        (NOT_SIGNED, lambda asked: re.sub("&Signature=.*", "&Signature=", asked)),
        (NOT_SIGNED, lambda asked: re.sub("&SigAlg=[^&]*", "", asked)),
        (NOT_SIGNED, lambda asked: re.sub("rsa-sha256", "rsa-sha1", asked)),
        (NOT_SIGNED, lambda asked: asked.replace("opaque-handle", "opaque-handlf")),
        (NOT_SIGNED, lambda asked: asked.replace("&RelayState=opaque-handle", "")),
        ("sim-not-readable", lambda asked: asked + "&RelayState=twice"),
        ("sim-not-readable", lambda asked: asked + "&SAML%52equest=again"),
        ("sim-not-readable", lambda asked: asked.replace("SAMLRequest=", "SAMLRequest=!!")),
        ("sim-not-readable", lambda asked: asked + "&SAMLEncoding=urn:other"),
        ("sim-not-readable", lambda asked: asked + "&x=" + "x" * 70_000),
        ("sim-not-readable", lambda asked: "RelayState=alone"),
    ],
)
def test_a_spoilt_query_is_refused(walk, code, spoil):
    """Unsigned, signed otherwise, changed, doubled, unreadable; the unspoilt twin is served."""
    asked = query(walk.provider)
    assert _code(walk, spoil(asked)) == code
    assert _code(walk, asked) is None


def test_a_foreign_key_is_refused(walk):
    """A signature by a key that is not in the metadata proves nothing."""
    assert _code(walk, query(walk.provider, key=new_key())) == NOT_SIGNED


def test_an_enveloped_signature_is_no_substitute(walk):
    """SAML Bindings 3.4.4.1: a message in an address carries no signature inside, alone or beside the right one."""
    inside = etree.tostring(walk.provider.sign(request_to_redirect(walk.provider)))
    assert _code(walk, "SAMLRequest=" + quote(base64.b64encode(packed(inside)).decode(), safe="")) == NOT_SIGNED
    assert _code(walk, query(walk.provider, inside)) == NOT_SIGNED


def test_a_request_for_the_other_endpoint_is_refused(walk):
    """Destination names the endpoint, binding and all."""
    elsewhere = etree.tostring(request_to_redirect(walk.provider, destination=walk.provider.sso_url))
    assert _code(walk, query(walk.provider, elsewhere)) == "sim-destination-wrong"


def test_what_is_too_large_when_inflated_is_refused(walk):
    """64 KB is the limit: a padded request below it is served, above it refused; a cut one is unreadable."""
    request = etree.tostring(request_to_redirect(walk.provider))
    assert _code(walk, query(walk.provider, request + b" " * 60_000)) is None
    assert _code(walk, query(walk.provider, etree.tostring(request_to_redirect(walk.provider)) + b" " * 66_000)) == (
        "sim-not-readable"
    )
    cut = quote(base64.b64encode(packed(request)[:-9]).decode(), safe="")
    assert _code(walk, "SAMLRequest=" + cut) == "sim-not-readable"


def test_the_limit_is_the_limit():
    """65,536 bytes inflate, one more does not, and nothing may follow the packed message."""
    assert len(inflate(packed(b" " * MAX_INFLATED))) == MAX_INFLATED
    for refused in (packed(b" " * (MAX_INFLATED + 1)), packed(b"<x/>") + b"more"):
        with pytest.raises(RequestRefused) as raised:
            inflate(refused)
        assert raised.value.code == "sim-not-readable"
    assert inflate(packed(b"<x/>")) == b"<x/>"


def test_another_services_signature_is_no_signature(walk, prepared, tmp_path):
    """Both services are known; each may ask in its own name only, by address as by form."""
    other = replace(walk.provider, entity_id="https://other.example.org/sp", signing=new_key())
    known = (walk.provider.write_metadata(tmp_path / "one.xml"), other.write_metadata(tmp_path / "other.xml"))
    settings = SimulatorSettings(base_url=BASE, directory=prepared, service_providers=known)
    walk.client = create_app(settings, clock=walk.clock).test_client()
    assert _code(walk, query(walk.provider, key=other.signing)) == NOT_SIGNED
    request = walk.provider.sign(walk.provider.request(), key=other.signing)
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(request)}) == NOT_SIGNED
    assert _code(walk, query(walk.provider)) is None
    assert _code(walk, query(other)) is None
