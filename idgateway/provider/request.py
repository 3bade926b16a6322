"""An authorization request after all its checks: every field is meant, known and allowed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from idgateway.assurance import Level
from idgateway.scopes import POSTBOX

QUERY, FORM_POST, JWT = "query", "form_post", "jwt"
# JARM 2.3: the same ways with the answer in a token of ours; "jwt" alone is the code flow's usual way.
SIGNED = {JWT: QUERY, "query.jwt": QUERY, "form_post.jwt": FORM_POST}
RESPONSE_MODES = (QUERY, FORM_POST, *SIGNED)
OURS = ("de", "en")  # the languages of our pages
ACCOUNTS = ("de", "en", "ru", "uk")  # and of the accounts' (BundID 9.5)


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """What an application asks for, cut down to what it may have."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str  # PKCE S256; empty where the client was registered to go without
    scopes: tuple[str, ...]
    claims: tuple[str, ...]  # to be released: those of the scopes and those of the claims parameter
    id_token_claims: tuple[str, ...]  # of these, the ones asked for inside the ID token
    level: Level  # needed: never below the client's minimum
    prompt: tuple[str, ...]
    max_age: int | None  # seconds
    language: str  # of our pages: "de", "en", or empty: not said
    account: str  # chosen identity provider; empty where a choice is still open
    wished_claims: tuple[str, ...] = ()  # of these, the ones that the claims parameter names
    voluntary_claims: tuple[str, ...] = ()  # of these, the ones the person may keep back
    account_language: str = ""  # of the account's pages, which may speak more: "de", "en", "ru", "uk" (BundID 9.5)
    response_mode: str = QUERY
    expected_sub: str = ""  # only this person is welcome; empty where the application named nobody
    dpop_jkt: str = ""  # thumbprint of the key that the code is bound to (RFC 9449 10), empty where it is to none
    pushed: str = ""  # hash (hexadecimal) of the one-time request_uri it came by, empty where the browser brought it

    @property
    def wants_fresh_login(self) -> bool:
        """Accounts are chosen at the identity provider: that needs a new login there, as ``login`` does."""
        return bool({"login", "select_account"} & set(self.prompt)) or self.max_age == 0

    @property
    def wants_postbox(self) -> bool:
        """Whether the delivery address is asked for."""
        return POSTBOX in self.scopes


_FIELDS = tuple(field.name for field in fields(AuthorizationRequest))


def to_json(request: AuthorizationRequest) -> dict[str, Any]:
    """The request as plain JSON values, for the attempt's row; ``asdict`` would copy each tuple and name."""
    return {**{name: getattr(request, name) for name in _FIELDS}, "level": request.level.value}


def from_json(content: Mapping[str, Any]) -> AuthorizationRequest:
    """The request again."""
    lists = ("scopes", "claims", "id_token_claims", "wished_claims", "voluntary_claims", "prompt")
    values = {**content, **{name: tuple(content[name]) for name in lists}, "level": Level(content["level"])}
    return AuthorizationRequest(**values)


def language_of(locales: str, spoken: Collection[str] = OURS) -> str:
    """The first of these locales that is spoken, in two letters; empty where there is none (OIDC Core 3.1.2.1)."""
    wanted = (locale.split("-")[0] for locale in locales.lower().split())
    return next((language for language in wanted if language in spoken), "")
