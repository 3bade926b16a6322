"""Keys at an application's own address: fetched the hardened way, followed when they change, kept while it is away."""

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idgateway.errors import UpstreamUnavailable
from idgateway.provider.client_keys import ClientKeys, fetch_key_set
from idgateway.provider.clients import register
from idgateway.provider.registry import Clients
from keys.errors import TokenInvalid
from keys.tokens import verify_token
from tests.idgateway.documents import Documents, documents
from tests.idgateway.login.world import ISSUER, NOW, World


@pytest.fixture
def dialect() -> str:
    """Keys are held in memory."""
    return "sqlite"


@pytest.fixture
def theirs():
    """The application's own web server."""
    with documents() as shown:
        yield shown


def key_set(**keys: ECKey) -> dict:
    return {"keys": [key.as_dict(private=False, kid=kid, use="sig", alg="ES256") for kid, key in keys.items()]}


class Followed:
    """A client whose keys stand at its own address, and somebody who verifies its tokens."""

    def __init__(self, world: World, theirs: Documents) -> None:
        settings = world.app.extensions["gate"].settings
        (client,) = (one for one in settings.clients if one.client_id == "urkunde")
        given = replace(client, jwks_file=None, jwks_uri=f"{theirs.url}/jwks")
        self.client, self.keys = register(given, settings), ClientKeys(demo=True)

    def accepts(self, key: ECKey, kid: str | None, *, after: float) -> bool:
        """Whether a token signed so verifies, so many seconds after the beginning."""
        now = NOW + timedelta(seconds=after)
        header = {"alg": "ES256"} if kid is None else {"alg": "ES256", "kid": kid}
        token = jwt.encode(header, {"exp": int(now.timestamp()) + 60}, key)
        try:
            self.keys.verified(
                self.client,
                now,
                lambda jwks: verify_token(token, jwks, typ=None, issuer=None, audience=None, now=now),
            )
        except TokenInvalid:
            return False
        return True


@pytest.fixture
def followed(world: World, theirs: Documents) -> Followed:
    return Followed(world, theirs)


OLD, NEW, FOREIGN = (ECKey.generate_key("P-256") for _ in range(3))


def test_j14_a_new_key_is_followed_and_strangers_cause_one_look_in_half_a_minute(followed: Followed, theirs: Documents):
    """Unknown kid, and the same kid with a new key: looked at once more, at most every 30 s, by whomever asked."""
    theirs.put("/jwks", key_set(a=OLD))
    assert followed.accepts(OLD, "a", after=0)
    for second in range(1, 30):
        assert not followed.accepts(FOREIGN, "x", after=second)
    assert theirs.asked == ["/jwks"]
    theirs.put("/jwks", key_set(a=OLD, b=NEW))
    assert followed.accepts(NEW, "b", after=31)
    theirs.put("/jwks", key_set(a=NEW))
    assert followed.accepts(NEW, "a", after=62)
    assert not followed.accepts(OLD, "a", after=63)
    assert len(theirs.asked) == 3


def test_j14_a_key_that_was_taken_away_ends_in_ten_minutes(followed: Followed, theirs: Documents):
    """Nobody has to sign with another one for that."""
    theirs.put("/jwks", key_set(a=OLD, b=NEW))
    assert followed.accepts(OLD, "a", after=0)
    theirs.put("/jwks", key_set(b=NEW))
    assert followed.accepts(OLD, "a", after=599)
    assert not followed.accepts(OLD, "a", after=601)


def test_j14_keys_outlive_a_failure_for_a_day(followed: Followed, theirs: Documents):
    """While the address is away the last good set counts; after a day nobody knows any more, and it says so."""
    theirs.put("/jwks", key_set(a=OLD))
    assert followed.accepts(OLD, "a", after=0)
    theirs.statuses["/jwks"] = 503
    assert followed.accepts(OLD, "a", after=3600)
    assert followed.accepts(OLD, "a", after=86_000)
    with pytest.raises(UpstreamUnavailable) as refused:
        followed.accepts(OLD, "a", after=87_100)
    assert refused.value.code == "status-503"
    theirs.statuses.clear()
    assert followed.accepts(OLD, "a", after=87_200)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no json", "key-set"),
        (b"[" * 50_000, "key-set"),
        ({"keys": []}, "key-none"),
        ({"keys": [OLD.as_dict(private=True)]}, "key-private"),
        (b"{" + b" " * 70_000 + b"}", "too-large"),
        (b"x" * 10 * 1024 * 1024, "too-large"),
    ],
    ids=["no json", "deep", "empty", "private", "large", "ten megabytes"],
)
def test_j14_what_is_no_key_set_is_none(theirs: Documents, content: object, code: str):
    """Whatever stands there; the twin reads the good one."""
    with pytest.raises(UpstreamUnavailable) as refused:
        fetch_key_set(theirs.put("/jwks", content), demo=True)
    assert refused.value.code == code
    assert fetch_key_set(theirs.put("/jwks", key_set(a=OLD)), demo=True)["keys"][0]["kid"] == "a"


def test_a_configured_client_proves_itself_by_keys_at_its_address(world: World, theirs: Documents):
    """The whole way: a login, then tokens with an assertion of a key that the gate fetched; a stranger's is refused."""
    gate = world.app.extensions["gate"]
    (client,) = (one for one in gate.settings.clients if one.client_id == "urkunde")
    changed = replace(client, jwks_file=None, jwks_uri=theirs.put("/jwks", key_set(urkunde=world.keys["urkunde"])))
    settings = replace(gate.settings, clients=(changed,))
    world.app.extensions["gate.tokens"].gate = moved = replace(
        gate, clients=Clients(settings, gate.database, gate.clock)
    )
    world.app.extensions["gate"] = moved
    person = world.browser()
    code = person.login()["code"]
    stranger = {**person.proof(), "client_assertion": _signed_by(FOREIGN, person)}
    assert person.redeem(code, **stranger).json["error"] == "invalid_client"
    assert person.redeem(code).status_code == 200
    assert theirs.heads[0]["Accept-Encoding"] == "identity"
    assert "Cookie" not in theirs.heads[0]


def _signed_by(key: ECKey, person) -> str:
    now = int(person.world.clock.now.timestamp())
    claims = {"iss": "urkunde", "sub": "urkunde", "aud": ISSUER, "jti": "x", "iat": now, "exp": now + 60}
    return jwt.encode({"alg": "ES256", "kid": "urkunde"}, claims, key)
