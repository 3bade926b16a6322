"""The page before the login: which accounts there are, what is asked, and what being a guest means."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from idgateway import words
from idgateway.gate import Gate
from idgateway.provider.clients import ALWAYS, FIRST, RegisteredClient
from idgateway.provider.request import AuthorizationRequest
from idgateway.provider.responses import with_query

COOKIE = "__Host-gate-told"  # the applications whose page was read in this browser's session; no identifier
_REMEMBERED = 20  # newest applications
_SHORT = 8  # letters of a hash: enough to tell some dozens apart


@dataclass(frozen=True, kw_only=True)
class Way:
    """An account to log in with."""

    title: str
    for_whom: str  # a sentence of the configuration, may be empty
    href: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the page before the login shows; texts are msgids except names and titles."""

    client: RegisteredClient
    level: str
    data: tuple[str, ...]
    postbox: bool  # the answer may go to the digital postbox
    ways: tuple[Way, ...]


def comes_first(gate: Gate, asked: AuthorizationRequest, given: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
    """Whether the page is shown before the login: a choice is open, or the application wants people to be told.

    A request that names its account skips it; that is what the page's own links do, and an application may do too.
    """
    if not asked.account:
        return True
    explain = gate.clients[asked.client_id].explain
    told = explain == FIRST and _mark(asked.client_id) in _marks(cookies)
    return not given.get("account") and not told and explain in (ALWAYS, FIRST)


def remembered(gate: Gate, asked: AuthorizationRequest, cookies: Mapping[str, str]) -> str:
    """The cookie's next value; empty where nothing has to be remembered."""
    if gate.clients[asked.client_id].explain != FIRST:
        return ""
    marks = dict.fromkeys((_mark(asked.client_id), *_marks(cookies)))
    return ".".join(list(marks)[:_REMEMBERED])


def page(gate: Gate, asked: AuthorizationRequest, given: Mapping[str, str]) -> Page:
    """What to show for a request; ``given`` are its parameters, which the links repeat."""
    client = gate.clients[asked.client_id]
    names = [asked.account] if asked.account else client.accounts
    repeated = {name: value for name, value in given.items() if name != "account"}
    return Page(
        client=client,
        level=words.LEVELS[asked.level],
        data=words.data_of_claims(asked.claims),
        postbox=asked.wants_postbox and not client.guests_welcome,
        ways=tuple(
            Way(
                title=gate.titles[name],
                for_whom=gate.suits[name],
                href=with_query("/authorize", {**repeated, "account": name}),
            )
            for name in names
        ),
    )


def _marks(cookies: Mapping[str, str]) -> list[str]:
    return [mark for mark in cookies.get(COOKIE, "").split(".") if len(mark) == _SHORT]


def _mark(client_id: str) -> str:
    return hashlib.sha256(client_id.encode()).hexdigest()[:_SHORT]
