"""The checks of an authorization request, in order (RFC 6749 4.1.1, OIDC Core 3.1.2, RFC 7636, RFC 9700).

``PROOF`` comes first: who asks, and is the address his? Whatever fails there ends on a page, never in a redirect. Only
then may ``CHECKS`` answer at the client's address. Each check takes the draft and returns it with one more thing known.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from idgateway.assurance import Level, acr_of
from idgateway.errors import RedirectNotRegistered, RequestRefused, UnknownClient
from idgateway.provider.clients import CODE, RegisteredClient
from idgateway.provider.request import ACCOUNTS, AuthorizationRequest, language_of

LONGEST = 4096  # characters of one parameter
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636 4.2: base64url of a SHA-256
_NUMBER = re.compile(r"[0-9]{1,9}")
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_NOT_OFFERED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A request on its way through the checks."""

    given: Mapping[str, str]  # each parameter's first value, empty ones left out as RFC 6749 3.1 says
    repeated: frozenset[str]
    clients: Mapping[str, RegisteredClient]
    issuer: str
    client: RegisteredClient | None = None
    scopes: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    level: Level = Level.HIGH  # until known; every way to forget it would ask for too much
    asked_claims: tuple[str, ...] | None = None  # None: everything agreed
    id_token_claims: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    account: str = ""

    @property
    def asker(self) -> RegisteredClient:
        """The proven client."""
        if self.client is None:
            raise UnknownClient("asked for before it was proven")
        return self.client


Check = Callable[[Draft], Draft]


def examine(
    parameters: Iterable[tuple[str, str]], clients: Mapping[str, RegisteredClient], issuer: str
) -> AuthorizationRequest:
    """Lead a request through all checks.

    Raises UnknownClient or RedirectNotRegistered (for a page), RequestRefused (for the client's address).
    """
    draft = _draft(parameters, clients, issuer)
    for check in PROOF:
        draft = check(draft)
    try:
        for check in CHECKS:
            draft = check(draft)
    except RequestRefused as error:
        state = "" if "state" in draft.repeated else draft.given.get("state", "")[:LONGEST]
        redirect_uri = draft.given["redirect_uri"]
        raise RequestRefused(error.detail, code=error.code, redirect_uri=redirect_uri, state=state) from None
    return _finished(draft)


def _draft(parameters: Iterable[tuple[str, str]], clients: Mapping[str, RegisteredClient], issuer: str) -> Draft:
    given: dict[str, str] = {}
    repeated = set()
    for name, value in parameters:
        if name in given:
            repeated.add(name)
        given.setdefault(name, value)
    filled = {name: value for name, value in given.items() if value}
    return Draft(given=filled, repeated=frozenset(repeated), clients=clients, issuer=issuer)


def _finished(draft: Draft) -> AuthorizationRequest:
    agreed = draft.asker.claims
    asked = agreed if draft.asked_claims is None else draft.asked_claims
    return AuthorizationRequest(
        client_id=draft.asker.client_id,
        redirect_uri=draft.given["redirect_uri"],
        state=draft.given.get("state", ""),
        nonce=draft.given.get("nonce", ""),
        challenge=draft.given["code_challenge"],
        scopes=draft.scopes,
        claims=tuple(claim for claim in agreed if claim in asked),
        id_token_claims=tuple(claim for claim in agreed if claim in draft.id_token_claims),
        level=draft.level,
        prompt=draft.prompt,
        max_age=draft.max_age,
        language=language_of(draft.given.get("ui_locales", "")),
        account_language=language_of(draft.given.get("ui_locales", ""), ACCOUNTS),
        account=draft.account,
    )


def check_client(draft: Draft) -> Draft:
    """One client_id, of a registered client that logs people in."""
    client = draft.clients.get(draft.given.get("client_id", ""))
    if "client_id" in draft.repeated or client is None:
        raise UnknownClient("client_id is missing, repeated or unknown")
    return replace(draft, client=client)


def check_redirect_uri(draft: Draft) -> Draft:
    """One redirect_uri that is, character for character, a registered one (RFC 9700 2.1)."""
    uri = draft.given.get("redirect_uri")
    if "redirect_uri" in draft.repeated or uri not in draft.asker.redirect_uris:
        raise RedirectNotRegistered("redirect_uri is missing, repeated or not a registered one")
    return draft


def check_repeated(draft: Draft) -> Draft:
    """Parameters must not stand twice (RFC 6749 3.1)."""
    if draft.repeated:
        raise RequestRefused("a parameter is repeated")
    return draft


def check_sizes(draft: Draft) -> Draft:
    """Nothing is longer than a browser's address bears, and nothing carries control characters."""
    if any(len(value) > LONGEST or not value.isprintable() for value in draft.given.values()):
        raise RequestRefused("a parameter is too long or holds control characters")
    if len(draft.given.get("nonce", "")) > 512:  # noqa: PLR2004
        raise RequestRefused("nonce is longer than 512 characters")
    return draft


def check_not_offered(draft: Draft) -> Draft:
    """Request objects are a later issue; discovery says so (OIDC Core 6)."""
    for name, code in _NOT_OFFERED.items():
        if name in draft.given:
            raise RequestRefused(f"{name} is not supported", code=code)
    return draft


def check_response_type(draft: Draft) -> Draft:
    """Code flow only, answered in the query."""
    if "response_type" not in draft.given:
        raise RequestRefused("response_type is missing")
    if draft.given["response_type"] != "code":
        raise RequestRefused("only response_type code is supported", code="unsupported_response_type")
    if draft.given.get("response_mode", "query") != "query":
        raise RequestRefused("only response_mode query is supported")
    if CODE not in draft.asker.grant_types:
        raise RequestRefused("this client does not log people in", code="unauthorized_client")
    return draft


def check_scope(draft: Draft) -> Draft:
    """``openid`` is there; scopes that were not agreed are left out (OIDC Core 3.1.2.1)."""
    asked = draft.given.get("scope", "").split()
    if "openid" not in asked or "openid" not in draft.asker.scopes:
        raise RequestRefused("scope must contain openid", code="invalid_scope")
    return replace(draft, scopes=tuple(scope for scope in dict.fromkeys(asked) if scope in draft.asker.scopes))


def check_pkce(draft: Draft) -> Draft:
    """A code challenge by S256, from everyone (RFC 7636, RFC 9700 2.1.1)."""
    challenge = draft.given.get("code_challenge")
    if challenge is None:
        raise RequestRefused("code_challenge is missing")
    # RFC 7636 4.3: without a method it would be plain, which protects nobody.
    if draft.given.get("code_challenge_method") != "S256":
        raise RequestRefused("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise RequestRefused("code_challenge is not the base64url of a SHA-256")
    return draft


def check_prompt(draft: Draft) -> Draft:
    """Known prompts; ``none`` stands alone (OIDC Core 3.1.2.1)."""
    prompt = tuple(draft.given.get("prompt", "").split())
    if not set(prompt) <= _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise RequestRefused("prompt is unknown or contradicts itself")
    return replace(draft, prompt=prompt)


def check_max_age(draft: Draft) -> Draft:
    """A whole number of seconds."""
    text = draft.given.get("max_age")
    if text is None:
        return draft
    if not _NUMBER.fullmatch(text):
        raise RequestRefused("max_age is no number of seconds")
    return replace(draft, max_age=int(text))


def check_claims(draft: Draft) -> Draft:
    """The claims parameter narrows what was agreed; it never widens it (OIDC Core 5.5)."""
    text = draft.given.get("claims")
    if text is None:
        return draft
    try:
        content = json.loads(text)
        parts = {place: _names(content.get(place)) for place in ("userinfo", "id_token")}
        acr = (content.get("id_token") or {}).get("acr") or {}
        essential = tuple(map(str, acr.get("values") or [acr["value"]])) if acr.get("essential") else ()
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        raise RequestRefused("claims is no JSON object of the known form") from None
    asked = (*parts["userinfo"], *parts["id_token"])
    return replace(draft, asked_claims=asked or None, id_token_claims=tuple(parts["id_token"]), essential_acr=essential)


def check_level(draft: Draft) -> Draft:
    """The needed level: what the application asks for, never below its registered minimum.

    ``acr_values`` is a wish, of which the first one known here counts; an essential acr is a must (OIDC Core 5.5.1.1).
    """
    known = {acr_of(level, draft.issuer): level for level in Level}
    level = draft.asker.minimum_level
    wished = [known[acr] for acr in draft.given.get("acr_values", "").split() if acr in known]
    if wished:
        level = max(level, wished[0])
    if draft.essential_acr:
        musts = [known[acr] for acr in draft.essential_acr if acr in known]
        if not musts:
            raise RequestRefused("no such acr can be reached here", code="unmet_authentication_requirements")
        level = max(level, min(musts))
    return replace(draft, level=level)


def check_account(draft: Draft) -> Draft:
    """Which account: the only one, or the one chosen on our page; otherwise still open."""
    chosen, offered = draft.given.get("account", ""), draft.asker.accounts
    if chosen and chosen not in offered:
        raise RequestRefused("this account is not offered")
    return replace(draft, account=chosen or (offered[0] if len(offered) == 1 else ""))


PROOF: tuple[Check, ...] = (check_client, check_redirect_uri)
CHECKS: tuple[Check, ...] = (
    check_repeated,
    check_sizes,
    check_not_offered,
    check_response_type,
    check_scope,
    check_pkce,
    check_prompt,
    check_max_age,
    check_claims,
    check_level,
    check_account,
)


def _names(part: Any) -> list[str]:
    """Claim names in one part of the claims parameter, those inside ``verified_claims`` too."""
    if part is None:
        return []
    names = [name for name in part if name not in ("verified_claims", "acr")]
    verified = part.get("verified_claims") or []
    for element in verified if isinstance(verified, list) else [verified]:
        names.extend(element.get("claims") or {})
    return names
