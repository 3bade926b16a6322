"""When the page before data go has to come, and what an answer leaves of a request: every case, pure."""

from dataclasses import replace

import pytest

from idgateway.assurance import Level
from idgateway.consent import Consent, is_due, merged, narrowed
from idgateway.provider.request import AuthorizationRequest

REQUEST = AuthorizationRequest(
    client_id="app",
    redirect_uri="https://app.example/cb",
    state="",
    nonce="",
    challenge="",
    scopes=("openid", "profile"),
    claims=("given_name", "email"),
    id_token_claims=("email",),
    level=Level.BASIC,
    prompt=(),
    max_age=None,
    language="de",
    account="bundid",
    wished_claims=("email",),
    voluntary_claims=("email",),
)


def consent(claims="given_name email", declined="", scopes="", mode="inform") -> Consent:
    sets = [frozenset(text.split()) for text in (claims, declined, scopes)]
    return Consent(mode=mode, claims=sets[0], declined=sets[1], scopes=sets[2])


@pytest.mark.parametrize(
    ("mode", "known", "changes", "guest", "due"),
    [
        ("inform", None, {}, False, True),
        ("ask", None, {}, False, True),
        ("none", None, {}, False, False),
        ("none", None, {"prompt": ("consent",)}, False, True),
        ("inform", consent(), {}, False, False),
        ("inform", consent(), {"prompt": ("consent",)}, False, True),
        ("inform", consent("given_name", "email"), {}, False, False),
        ("inform", consent("given_name", "email"), {"voluntary_claims": ()}, False, True),
        ("inform", consent("given_name"), {}, False, True),
        ("inform", consent("email"), {}, False, True),
        ("inform", consent("given_name family_name email birthdate"), {}, False, False),
        ("ask", consent(), {}, False, True),
        ("ask", consent(mode="ask"), {}, False, False),
        ("inform", consent(mode="ask"), {}, False, False),
        ("inform", consent(), {"scopes": ("openid", "postbox")}, False, True),
        ("inform", consent(scopes="postbox"), {"scopes": ("openid", "postbox")}, False, False),
        ("inform", consent(scopes="postbox"), {"scopes": ("openid", "postbox", "offline_access")}, False, True),
        ("inform", consent(), {"scopes": ("openid", "postbox", "offline_access")}, True, False),  # a guest gets neither
        ("inform", None, {"claims": (), "voluntary_claims": ()}, False, False),
        ("inform", None, {"claims": (), "voluntary_claims": (), "scopes": ("offline_access",)}, False, True),
    ],
)
def test_when_the_page_comes(mode, known, changes, guest, due):
    assert is_due(replace(REQUEST, **changes), mode, known, guest=guest) is due


def test_only_voluntary_claims_can_be_kept_back_and_none_is_added():
    without = narrowed(REQUEST, ("address",))
    assert (without.claims, without.id_token_claims, without.wished_claims) == (("given_name",), (), ())
    assert narrowed(REQUEST, ("email", "address")) == REQUEST
    assert narrowed(REQUEST, ()).claims == ("given_name",)


@pytest.mark.parametrize(
    ("answer", "before", "kept"),
    [
        (consent("a"), None, consent("a")),
        (consent("a"), consent("b"), consent("a b")),
        (consent("a", "b"), consent("b"), consent("a", "b")),
        (consent("a b"), consent("a", "b"), consent("a b")),
        (consent("a"), consent("b", "c", "postbox"), consent("a b", "c", "postbox")),
        (consent("a", mode="ask"), consent("b"), consent("a", mode="ask")),
        (consent("a"), consent("b", mode="ask"), consent("a")),
    ],
)
def test_an_answer_stands_beside_the_one_before(answer, before, kept):
    assert merged(answer, before) == kept
