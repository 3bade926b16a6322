"""The small checks of an authorization request, one fault each; ``authorization`` says in which order they run."""

import re
from dataclasses import replace

from idgateway.errors import RedirectNotRegistered, RequestRefused, UnknownClient
from idgateway.provider.clients import CODE, RegisteredClient
from idgateway.provider.draft import LONGEST, Draft
from idgateway.provider.hints import read_hint
from idgateway.provider.request import QUERY, SIGNED
from keys.errors import TokenInvalid
from keys.possession import THUMBPRINT
from keys.tokens import LONGEST_TOKEN

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636 4.2: base64url of a SHA-256
_NUMBER = re.compile(r"[0-9]{1,9}")
_LONGEST_NONCE = 512
_TOKENS = frozenset({"id_token_hint"})
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_NOT_OFFERED = {"registration": "registration_not_supported"}


def check_client(draft: Draft) -> Draft:
    """One client_id, of a registered client that logs people in."""
    client = draft.clients.get(draft.given.get("client_id", ""))
    if "client_id" in draft.repeated or client is None:
        raise UnknownClient("client_id is missing, repeated or unknown")
    # Also faults that are found before its own choice is go the way the client registered (JARM 4).
    return replace(draft, client=client, response_mode=_usual_mode(client))


def check_redirect_uri(draft: Draft) -> Draft:
    """One redirect_uri that is, character for character, a registered one (RFC 9700 2.1)."""
    uri = draft.given.get("redirect_uri")
    if "redirect_uri" in draft.repeated or uri not in draft.asker.redirect_uris:
        error = RedirectNotRegistered("redirect_uri is missing, repeated or not a registered one")
        error.client_id = draft.asker.client_id
        raise error
    return draft


def check_repeated(draft: Draft) -> Draft:
    """Parameters must not stand twice (RFC 6749 3.1)."""
    if draft.repeated:
        raise RequestRefused("a parameter is repeated")
    return draft


def check_response_mode(draft: Draft) -> Draft:
    """A way to answer that the client registered; before all else that may be told, so that faults go that way too."""
    mode = draft.given.get("response_mode", draft.response_mode)
    if mode not in draft.asker.response_modes:
        raise RequestRefused("response_mode is not supported for this client")
    return replace(draft, response_mode=mode)


def _usual_mode(client: RegisteredClient) -> str:
    """Where the request names none; a client whose answers are all signed means a signed one."""
    signed = () if QUERY in client.response_modes else [one for one in SIGNED if one in client.response_modes]
    return next(iter(signed), QUERY)


def check_pushed(draft: Draft) -> Draft:
    """Who is to push its requests cannot come by the browser (RFC 9126 5, FAPI 2.0 5.3.2.2)."""
    if draft.asker.require_par and not draft.pushed:
        raise RequestRefused("this client has to push its requests")
    return draft


def check_sizes(draft: Draft) -> Draft:
    """Nothing is longer than a browser's address bears, and nothing carries control characters."""
    longest = {name: LONGEST_TOKEN if name in _TOKENS else LONGEST for name in draft.given}
    if any(len(value) > longest[name] or not value.isprintable() for name, value in draft.given.items()):
        raise RequestRefused("a parameter is too long or holds control characters")
    if len(draft.given.get("nonce", "")) > _LONGEST_NONCE:
        raise RequestRefused("nonce is longer than 512 characters")
    return draft


def check_not_offered(draft: Draft) -> Draft:
    """What discovery says is not offered (OIDC Core 6, 7.2.1)."""
    for name, code in _NOT_OFFERED.items():
        if name in draft.given:
            raise RequestRefused(f"{name} is not supported", code=code)
    return draft


def check_response_type(draft: Draft) -> Draft:
    """Code flow only."""
    if "response_type" not in draft.given:
        raise RequestRefused("response_type is missing")
    if draft.given["response_type"] != "code":
        raise RequestRefused("only response_type code is supported", code="unsupported_response_type")
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
    """A code challenge by S256; only a confidential client that was registered so may go without (RFC 9700 2.1.1)."""
    challenge = draft.given.get("code_challenge")
    if challenge is None and draft.asker.require_pkce:
        raise RequestRefused("code_challenge is missing")
    method = draft.given.get("code_challenge_method")
    if challenge is None and method is None:
        return draft
    # RFC 7636 4.3: without a method it would be plain, which protects nobody.
    if method != "S256":
        raise RequestRefused("code_challenge_method must be S256")
    if challenge is None or not _CHALLENGE.fullmatch(challenge):
        raise RequestRefused("code_challenge is not the base64url of a SHA-256")
    return draft


def check_dpop_jkt(draft: Draft) -> Draft:
    """The thumbprint of a key that the code shall be bound to (RFC 9449 10)."""
    jkt = draft.given.get("dpop_jkt")
    if jkt is not None and not THUMBPRINT.fullmatch(jkt):
        raise RequestRefused("dpop_jkt is no thumbprint")
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


def check_hint(draft: Draft) -> Draft:
    """Whom the application means: by an ID token of ours for it, by the ``sub`` it wishes for, or both alike.

    That somebody else logs in is told when it happens (OIDC Core 3.1.2.1, 5.5.1).
    """
    hint, sub = draft.given.get("id_token_hint"), draft.wished_sub
    if hint is None:
        return replace(draft, expected_sub=sub)
    try:
        claims = read_hint(hint, draft.sources.our_keys(), draft.issuer, draft.now)
    except TokenInvalid:
        raise RequestRefused("id_token_hint is no ID token of this provider") from None
    if claims["aud"] != draft.asker.client_id:
        raise RequestRefused("id_token_hint was issued to another client")
    if sub not in ("", claims["sub"]):
        raise RequestRefused("id_token_hint and claims mean two persons")
    return replace(draft, expected_sub=claims["sub"])


def check_account(draft: Draft) -> Draft:
    """Which account: the only one, or the one chosen on our page; otherwise still open."""
    chosen, offered = draft.given.get("account", ""), draft.asker.accounts
    if chosen and chosen not in offered:
        raise RequestRefused("this account is not offered")
    return replace(draft, account=chosen or (offered[0] if len(offered) == 1 else ""))
