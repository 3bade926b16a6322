"""How a request travels: as a form with an enveloped signature, or as an address with a detached one.

Sources: SAML Bindings 2.0, 3.4.4.1 (HTTP-Redirect with DEFLATE) and 3.5.4 (HTTP-POST).
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from lxml import etree

from idgateway.upstream.saml.signature import REQUEST_ALGORITHMS, sign_enveloped
from keys.keyring import Key
from keys.signing import sign

_RAW_DEFLATE: Final = -15  # RFC 1951: neither header nor checksum


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A signed message on its way: a form to post where there are fields, otherwise an address to go to."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


def post(root: Any, issuer: Any, *, url: str, name: str, relay_state: str, key: Key, signature: str) -> Letter:
    """Sign ``root`` enveloped, behind its ``issuer``, for HTTP-POST; ``name`` is SAMLRequest or SAMLResponse."""
    sign_enveloped(root, issuer, key, signature)
    fields = {name: base64.b64encode(_written(root)).decode(), "RelayState": relay_state}
    return Letter(url=url, fields={field: value for field, value in fields.items() if value})


def redirect(root: Any, *, url: str, name: str, relay_state: str, key: Key, signature: str) -> Letter:
    """Put ``root``, unsigned and deflated, into an address whose bytes are signed as they will be sent."""
    packer = zlib.compressobj(wbits=_RAW_DEFLATE)
    packed = packer.compress(_written(root)) + packer.flush()
    uri, algorithm = REQUEST_ALGORITHMS[signature]
    # In this order, each value encoded once; the signature covers the encoded form.
    values = {name: base64.b64encode(packed).decode(), "RelayState": relay_state, "SigAlg": uri}
    query = "&".join(f"{field}={quote(value, safe='')}" for field, value in values.items() if value)
    signed = base64.b64encode(sign(key, query.encode(), algorithm)).decode()
    glue = "&" if "?" in url else "?"
    return Letter(url=f"{url}{glue}{query}&Signature={quote(signed, safe='')}")


def _written(root: Any) -> bytes:
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=False)
    return written
