"""Asks a time-stamping authority (RFC 3161 over HTTP, 3.4) and believes only what its pinned anchors vouch for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from keys.timestamp import QUERY_TYPE, REPLY_TYPE, Query, TimeStamp, query, read_answer, verify_answer
from postbox.channels import outside
from postbox.errors import ChannelDown, SetupWrong
from postbox.settings import TimeStampService

_OK: Final = 200


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A configured authority, its anchors read."""

    name: str
    url: str
    anchors: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, service: TimeStampService) -> "Authority":
        """Read its certificates. Raises SetupWrong."""
        anchors = tuple(one for path in service.certificates for one in _certificates(path))
        if not anchors or not service.name.isprintable() or not 0 < len(service.name) <= 60:  # noqa: PLR2004 - the column
            told = f"The time-stamping authority {service.name!r} has no certificate, or no name of at most 60 letters."
            raise SetupWrong(told)
        return cls(name=service.name, url=service.url, anchors=anchors)


def authorities(services: Iterable[TimeStampService]) -> tuple[Authority, ...]:
    """All of them in the order they are asked. Raises SetupWrong."""
    return tuple(Authority.of(service) for service in services)


def stamp(authority: Authority, data: bytes, *, nonce: int, now: datetime) -> tuple[bytes, TimeStamp]:
    """A token (DER) over ``data``, and what it says. Raises ChannelDown (no answer), TimeStampInvalid (a wrong one)."""
    return answered(authority, query(data, nonce), now)


def answered(authority: Authority, asked: Query, now: datetime) -> tuple[bytes, TimeStamp]:
    """The same for a question that is made already. Raises ChannelDown, TimeStampInvalid."""
    reply = outside.post(authority.url, asked.der, kind=QUERY_TYPE)
    if reply.status != _OK or reply.kind != REPLY_TYPE:
        raise ChannelDown(f"The authority answered {reply.status} {reply.kind}.", code="time-stamp-no-reply")
    token = read_answer(reply.body, asked)
    return token, verify_answer(token, asked, authority.anchors, now)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise SetupWrong(f"{path} holds no certificates in PEM.") from None
