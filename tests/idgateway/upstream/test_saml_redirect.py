"""Requests over HTTP-Redirect: deflated, unsigned inside, signed over the address's bytes; read with other eyes."""

import base64
import zlib
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from keys.keyring import Purpose
from tests.idgateway.upstream.accounts import ACCOUNTS, begin
from tests.idgateway.upstream.conftest import NOW
from tests.idgateway.upstream.idp import REDIRECT_URL, SSO_URL

PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


@pytest.mark.parametrize(
    "way",
    [
        ("rsa-sha256", padding.PKCS1v15(), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
        ("rsa-pss", PSS, "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    ],
)
def test_the_signature_covers_the_address(metadata_file, keyring, ask, way):
    """The vault's signature is over SAMLRequest, RelayState and SigAlg as they are sent; another RelayState is not."""
    name, scheme, uri = way
    settings = {"request_binding": "redirect", "request_signature": name}
    handover = begin(ACCOUNTS["generic"], metadata_file, keyring, ask, settings=settings).handover
    address, _, query = handover.url.partition("?")
    assert f"{address}?realm=a" == REDIRECT_URL
    signed, _, signature = query.removeprefix("realm=a&").rpartition("&Signature=")
    raw = base64.b64decode(parse_qs(query)["Signature"][0])
    key = keyring.current(Purpose.SAML_SIGNING, NOW).certificate.public_key()
    key.verify(raw, signed.encode(), scheme, hashes.SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(raw, signed.replace("RelayState=h", "RelayState=i").encode(), scheme, hashes.SHA256())
    assert [part.partition("=")[0] for part in signed.split("&")] == ["SAMLRequest", "RelayState", "SigAlg"]
    assert parse_qs(query)["SigAlg"] == [uri]
    assert parse_qs(query)["RelayState"] == [ask.relay_state]
    assert signature


def test_the_message_is_for_the_redirect_address_and_unsigned(metadata_file, keyring, ask):
    """Inside the address: the plain request for exactly that endpoint; no form, and the answer is judged as ever."""
    account = ACCOUNTS["generic"]
    login = begin(account, metadata_file, keyring, ask, settings={"request_binding": "redirect"})
    assert not login.handover.fields
    packed = parse_qs(urlsplit(login.handover.url).query)["SAMLRequest"][0]
    root = etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))
    assert root.get("Destination") == REDIRECT_URL
    assert root.find("{http://www.w3.org/2000/09/xmldsig#}Signature") is None
    assert root.get("ID") == login.handover.memory["request_id"]
    assert login.answered(account.wish).subject == "m-1"
    posted = begin(account, metadata_file, keyring, ask)
    assert (posted.handover.url, set(posted.handover.fields)) == (SSO_URL, {"SAMLRequest", "RelayState"})
