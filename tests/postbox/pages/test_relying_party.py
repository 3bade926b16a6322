"""What comes back from the gate is judged before anything is asked of it."""

from dataclasses import replace

import pytest

from postbox.errors import NotAuthenticated
from postbox.pages.relying_party import PendingLogin, _check_answer, open_pending, seal_pending
from tests.postbox.conftest import NOON

GATE = "https://gate.test"
PENDING = PendingLogin(
    state="the-state", nonce="n", verifier="v", next="/", level="high", begun_at=NOON.timestamp() - 60
)
GOOD = {"state": "the-state", "iss": GATE, "code": "the-code"}


def test_an_answer_to_this_browsers_login_gives_its_code():
    """State, issuer and time are right."""
    assert _check_answer(GOOD, PENDING, GATE, NOON) == "the-code"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "another"}, "login-state"),
        ({"state": ""}, "login-state"),
        ({"state": "zust\u00e4ndig"}, "login-state"),
        ({"iss": "https://elsewhere.test"}, "login-issuer"),
        ({"iss": ""}, "login-issuer"),
        ({"error": "access_denied"}, "login-cancelled"),
        ({"error": "server_error"}, "login-refused"),
    ],
)
def test_any_other_answer_is_refused(change: dict[str, str], code: str):
    """Another browser's, another issuer's, or no login at all."""
    with pytest.raises(NotAuthenticated) as refused:
        _check_answer({**GOOD, **change}, PENDING, GATE, NOON)
    assert refused.value.code == code


def test_a_login_that_took_too_long_is_refused():
    """Half an hour is long enough for any account."""
    with pytest.raises(NotAuthenticated) as refused:
        _check_answer(GOOD, replace(PENDING, begun_at=NOON.timestamp() - 1801), GATE, NOON)
    assert refused.value.code == "login-expired"


def test_a_pending_login_is_read_only_from_our_own_cookie(keyring):
    """What we sealed opens; a changed or foreign cookie is a lost login, not a fault."""
    cookie = seal_pending(PENDING, keyring, NOON)
    assert open_pending(cookie, keyring) == PENDING
    for wrong in ("", "\u00e4", cookie[:-8] + "AAAAAAA=", "AAAA"):
        with pytest.raises(NotAuthenticated):
            open_pending(wrong, keyring)
