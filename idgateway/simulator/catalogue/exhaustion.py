"""Table of documents that are merely too much: too large, too deep, too many of something, too well packed.

Each has to be refused within milliseconds, before anything is decoded or counted twice. Source: CVE-2025-25293.
"""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idgateway.simulator.catalogue.breakage import Broken, Workpiece
from idgateway.simulator.names import NS, SAMLP
from idgateway.simulator.protection import Protection
from idgateway.simulator.tree import child

_SIZE = "an honest answer has about 16,000 characters: a limit before anything is decoded"


def _value_of(length: int) -> Callable[[Workpiece], None]:
    return lambda piece: piece.response.set("Consent", "x" * length)


def _deep(levels: int) -> Callable[[bytes], bytes]:
    opening, closing = b'<samlp:StatusCode Value="x">', b"</samlp:StatusCode>"

    def change(content: bytes) -> bytes:
        return content.replace(b"</samlp:Status>", opening * levels + closing * levels + b"</samlp:Status>", 1)

    return change


def _many_attributes(content: bytes) -> bytes:
    many = " ".join(f'a{number}=""' for number in range(12_000)).encode()
    return content.replace(b"<samlp:Response ", b"<samlp:Response " + many + b" ", 1)


def _many_namespaces(content: bytes) -> bytes:
    many = " ".join(f'xmlns:n{number}="urn:n:{number}"' for number in range(4000)).encode()
    return content.replace(b"<samlp:Response ", b"<samlp:Response " + many + b" ", 1)


def _many_codes(piece: Workpiece) -> None:
    code = piece.response.find("samlp:Status/samlp:StatusCode", NS)
    for _ in range(4000):
        child(code, SAMLP, "StatusCode", Value="x")


def _packed_bomb(_content: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=-15)
    return packer.compress(b" " * 30_000_000) + packer.flush()


def _attacker(given: Protection) -> Protection:
    """The envelope is the attacker's own; the assertion in it is genuine."""
    return replace(given, sign_response=False)


def _entry(name: str, german: str, english: str, rule: str, **bites: Any) -> Broken:
    return Broken(name=name, title=(german, english), rule=rule, **bites)


ENTRIES = (
    _entry(
        "attribute-9-mb",
        "ein Attribut von 9 MB",
        "an attribute of 9 MB",
        _SIZE,
        protection=_attacker,
        response=_value_of(9_000_000),
    ),
    _entry("depth-200", "200 Ebenen tief", "200 levels deep", _SIZE, protection=_attacker, wire=_deep(200)),
    _entry("depth-2000", "2000 Ebenen tief", "2000 levels deep", _SIZE, protection=_attacker, wire=_deep(2000)),
    _entry(
        "attributes-12000", "12000 Attribute", "12000 attributes", _SIZE, protection=_attacker, wire=_many_attributes
    ),
    _entry(
        "namespaces-4000", "4000 Namensräume", "4000 namespaces", _SIZE, protection=_attacker, wire=_many_namespaces
    ),
    _entry("elements-4000", "4000 Elemente", "4000 elements", _SIZE, protection=_attacker, response=_many_codes),
    _entry(
        "deflate-bomb",
        "30 MB in 30 kB verpackt",
        "30 MB packed into 30 kB",
        "HTTP-POST does not deflate; whoever inflates sets a limit",
        wire=_packed_bomb,
    ),
)
