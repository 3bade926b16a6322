"""A request on its way through the checks of ``authorization``: what was given, and what is known of it so far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from idgateway.assurance import Level
from idgateway.errors import RequestRefused, UnknownClient
from idgateway.provider.client_keys import ClientKeys
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.request import ACCOUNTS, QUERY, AuthorizationRequest, language_of
from idgateway.scopes import claims_of

LONGEST = 4096  # characters of one parameter


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What checks ask of the world outside the request."""

    our_keys: Callable[[], Mapping[str, Any]]  # the public ones, as a JSON Web Key Set
    client_keys: ClientKeys
    fetched: Callable[[str, str], str]  # what stands at an address of this client's; raises UpstreamUnavailable


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a request said, and what the checks so far found out."""

    given: Mapping[str, str]  # each parameter's first value, empty ones left out as RFC 6749 3.1 says
    repeated: frozenset[str]
    clients: Mapping[str, RegisteredClient]
    issuer: str
    now: datetime
    sources: Sources
    pushed: bool  # came by the client's own, proven hand (RFC 9126)
    client: RegisteredClient | None = None
    response_mode: str = QUERY
    scopes: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    level: Level = Level.HIGH  # until known; every way to forget it would ask for too much
    asked_claims: tuple[str, ...] = ()  # by the claims parameter, beside those of the scopes
    essential_claims: tuple[str, ...] = ()
    dispensable_claims: tuple[str, ...] = ()  # said to be not essential, in so many words
    id_token_claims: tuple[str, ...] = ()
    wished_acr: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    account: str = ""
    wished_sub: str = ""  # of the claims parameter: this person and no other
    expected_sub: str = ""  # of hint and claims parameter together
    fault: RequestRefused | None = None  # of the request object, told once the address is proven

    @property
    def asker(self) -> RegisteredClient:
        """The proven client."""
        if self.client is None:
            raise UnknownClient("asked for before it was proven")
        return self.client


Check = Callable[[Draft], Draft]


def draft_of(
    parameters: Iterable[tuple[str, str]],
    clients: Mapping[str, RegisteredClient],
    issuer: str,
    now: datetime,
    *,
    sources: Sources,
    pushed: bool,
) -> Draft:
    """A request before its first check."""
    given: dict[str, str] = {}
    repeated = set()
    for name, value in parameters:
        if name in given:
            repeated.add(name)
        given.setdefault(name, value)
    filled = {name: value for name, value in given.items() if value}
    return Draft(
        given=filled,
        repeated=frozenset(repeated),
        clients=clients,
        issuer=issuer,
        now=now,
        sources=sources,
        pushed=pushed,
    )


def told_at(draft: Draft, error: RequestRefused) -> RequestRefused:
    """The same error with the proven address and way at which the client hears it."""
    state = "" if "state" in draft.repeated else draft.given.get("state", "")[:LONGEST]
    told = RequestRefused(error.detail, code=error.code, redirect_uri=draft.given["redirect_uri"], state=state)
    told.client_id, told.response_mode = draft.asker.client_id, draft.response_mode
    return told


def finished(draft: Draft) -> AuthorizationRequest:
    """What is left when every check has passed: all of it meant, known and allowed."""
    agreed, by_scope = draft.asker.claims, claims_of(draft.scopes)
    claims = tuple(claim for claim in agreed if claim in by_scope or claim in draft.asked_claims)
    return AuthorizationRequest(
        client_id=draft.asker.client_id,
        redirect_uri=draft.given["redirect_uri"],
        response_mode=draft.response_mode,
        state=draft.given.get("state", ""),
        nonce=draft.given.get("nonce", ""),
        challenge=draft.given.get("code_challenge", ""),
        scopes=draft.scopes,
        claims=claims,
        wished_claims=tuple(claim for claim in agreed if claim in draft.asked_claims),
        voluntary_claims=tuple(
            claim
            for claim in claims
            if claim not in draft.essential_claims and (claim not in by_scope or claim in draft.dispensable_claims)
        ),
        id_token_claims=tuple(claim for claim in agreed if claim in draft.id_token_claims),
        level=draft.level,
        prompt=draft.prompt,
        max_age=draft.max_age,
        language=language_of(draft.given.get("ui_locales", "")),
        account_language=language_of(draft.given.get("ui_locales", ""), ACCOUNTS),
        account=draft.account,
        expected_sub=draft.expected_sub,
        dpop_jkt=draft.given.get("dpop_jkt", ""),
    )


def with_account(request: AuthorizationRequest, client: RegisteredClient, chosen: str) -> AuthorizationRequest:
    """A checked request with the account that was chosen on our page."""
    return replace(request, account=chosen) if chosen in client.accounts else request
