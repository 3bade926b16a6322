"""A service that sends its request by HTTP-Redirect: DEFLATE, base64, and a detached signature over the query's bytes."""

import base64
import zlib
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from tests.idgateway.simulator.sp import PSS, Provider

REDIRECT = "/idp/profile/SAML2/Redirect/SSO"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def packed(content: bytes) -> bytes:
    """Raw DEFLATE, as the binding wants it."""
    engine = zlib.compressobj(level=9, wbits=-15)
    return engine.compress(content) + engine.flush()


def request_to_redirect(provider: Provider, **bent: object) -> etree._Element:
    """An unsigned request addressed to the Redirect endpoint."""
    destination = bent.pop("destination", "http://127.0.0.1:8081" + REDIRECT)
    return provider.request(destination=destination, **bent)


def query(
    provider: Provider,
    content: bytes | None = None,
    *,
    relay_state: str | None = "opaque-handle",
    algorithm: str = RSA_SHA256,
    key: rsa.RSAPrivateKey | None = None,
    escape=quote,
) -> str:
    """A signed query; ``escape`` writes each value, for there is more than one way to encode an address."""
    content = etree.tostring(request_to_redirect(provider)) if content is None else content
    fields = {"SAMLRequest": base64.b64encode(packed(content)).decode(), "RelayState": relay_state, "SigAlg": algorithm}
    signed = "&".join(f"{name}={escape(value, safe='')}" for name, value in fields.items() if value is not None)
    scheme = padding.PKCS1v15()
    if algorithm == PSS:
        scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    signature = (key or provider.signing).sign(signed.encode(), scheme, hashes.SHA256())
    return f"{signed}&Signature={escape(base64.b64encode(signature).decode(), safe='')}"
