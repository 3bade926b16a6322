"""Our relying party judged by an OpenID Provider that is not ours: npm's oidc-provider, over real HTTP on the loopback."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached, LoginCancelled, LoginDenied, UpstreamUnavailable
from idgateway.settings import OidcProvider
from idgateway.upstream import Answer, Ask, Assertion, Handover
from idgateway.upstream.oidc.provider import OidcUpstream
from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from tests.peers.oidc_provider import ACR, CLIENT_ID, StillThere, Visit, node_with_provider, running

CALLBACK = "https://gate.musterstadt.example/oidc/konto/callback"
LEVELS = {ACR["password"]: "basic", ACR["second-factor"]: "substantial", ACR["card"]: "high"}
WANTED = ("given_name", "family_name", "birthdate", "place_of_birth", "locality", "email", "level", "pairwise_id")

pytestmark = pytest.mark.peer


def account(issuer: str, **changes) -> OidcProvider:
    """A citizens' account whose acr tells the level."""
    settings = OidcProvider(
        name="konto",
        title="Konto",
        issuer=issuer,
        client_id=CLIENT_ID,
        levels=LEVELS,
        scopes=("openid",),
        id_token_algorithm="ES256",
    )
    return replace(settings, **changes)


@dataclass
class Login:
    """Logins of one account of ours; ``later`` lets our clock run ahead."""

    upstream: OidcUpstream
    later: timedelta = timedelta()

    def begin(self) -> tuple[Ask, Handover]:
        ask = Ask(
            relay_state="opaque-handle",
            level=Level.SUBSTANTIAL,
            attributes=WANTED,
            callback_url=CALLBACK,
            display_name="Urkunden",
            online_service_id="",
            language="de",
            back_url="",
            guests_welcome=False,
            now=datetime.now(UTC) + self.later,
        )
        return ask, self.upstream.begin(ask)

    def complete(self, ask: Ask, handover: Handover, parameters: dict[str, str]) -> Assertion:
        return self.upstream.complete(
            Answer(
                parameters=parameters,
                memory=handover.memory,
                callback_url=CALLBACK,
                asked_level=ask.level,
                asked_at=ask.now,
                guests_welcome=False,
                now=datetime.now(UTC) + self.later,
            )
        )

    def run(self, visit: Visit | None = None, **said: str) -> Assertion:
        ask, handover = self.begin()
        return self.complete(ask, handover, (visit or Visit()).log_in(handover.url, CALLBACK, **said))


@dataclass(frozen=True)
class Bench:
    """Node, and our key as a client."""

    node: str
    keyring: Keyring

    def provider(self, **order) -> AbstractContextManager[str]:
        jwks = dict(public_jwks(self.keyring, (Purpose.CLIENT_AUTHENTICATION,), datetime.now(UTC)))
        return running(self.node, jwks, CALLBACK, **order)

    def login(self, issuer: str, keyring: Keyring | None = None, **changes) -> Login:
        return Login(OidcUpstream(account(issuer, **changes), keyring or self.keyring, CALLBACK))


def new_keyring() -> Keyring:
    """A client's key."""
    return Keyring([mint(Purpose.CLIENT_AUTHENTICATION, datetime(2026, 1, 1, tzinfo=UTC))])


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Node with the peer, or the reason why not."""
    return Bench(node_with_provider(), new_keyring())


@pytest.fixture(scope="module")
def issuer(bench: Bench) -> Iterator[str]:
    """A provider that takes claims and pushed requests."""
    with bench.provider(par="offered") as found:
        yield found


@pytest.fixture
def login(bench: Bench, issuer: str) -> Login:
    """A login at the shared provider."""
    return bench.login(issuer)


def test_a_citizen_logs_in_with_what_the_provider_proved(login: Login):
    """Level from acr, proved claims with their level, the rest without one, and nobody's framework but eIDAS."""
    assertion = login.run()
    assert (assertion.level, assertion.provider) == (Level.HIGH, "konto")
    assert assertion.subject not in (None, "erika")  # pairwise
    assert {name: (one.value, one.level) for name, one in assertion.attributes.items()} == {
        "given_name": ("ERIKA", Level.HIGH),
        "family_name": ("MUSTERMANN", Level.HIGH),
        "birthdate": ("1964-08-12", Level.HIGH),
        "locality": ("Köln", None),
        "email": ("erika@example.org", None),
    }
    assert login.run().subject == assertion.subject


def test_the_request_was_pushed_and_understood(login: Login):
    """The browser carries a reference; the provider knows all the same what was asked, and by whom."""
    visit = Visit()
    ask, handover = login.begin()
    assert set(parse_qs(urlsplit(handover.url).query)) == {"client_id", "request_uri"}
    login.complete(ask, handover, visit.log_in(handover.url, CALLBACK))
    asked = visit.asked["params"]
    assert (asked["prompt"], asked["ui_locales"], asked["code_challenge_method"]) == ("login", "de", "S256")
    claims = json.loads(asked["claims"])
    assert claims["id_token"] == {"acr": {"essential": True, "values": [ACR["second-factor"], ACR["card"]]}}
    assert set(claims["userinfo"]["verified_claims"]["claims"]) < set(claims["userinfo"])
    assert visit.asked["prompt"] == "login"


@pytest.mark.parametrize(
    ("offered", "wish", "pushes"),
    [("offered", "never", False), ("required", "auto", True), ("required", "required", True), ("off", "auto", False)],
)
def test_pushed_requests_as_both_sides_wish(bench: Bench, offered, wish, pushes):
    """Where both agree the login goes through, pushed or not."""
    with bench.provider(par=offered) as issuer:
        login = bench.login(issuer, par=wish)
        _, handover = login.begin()
        assert ("request_uri" in handover.url) == pushes
        assert login.run().level is Level.HIGH


@pytest.mark.parametrize(("offered", "wish"), [("off", "required"), ("required", "never")])
def test_pushed_requests_nobody_agrees_on(bench: Bench, offered, wish):
    """Where they do not, no login begins: neither side's rule is weakened in silence."""
    with bench.provider(par=offered) as issuer:
        with pytest.raises(UpstreamUnavailable) as refused:
            bench.login(issuer, par=wish).begin()
        assert refused.value.code == "par"
        assert bench.login(issuer).run().subject


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"])
def test_each_algorithm_as_registered_and_no_other(bench: Bench, algorithm):
    """The registered algorithm is believed; another one from the same keys' owner is not."""
    with bench.provider(algorithm=algorithm) as issuer:
        assert bench.login(issuer, id_token_algorithm=algorithm).run().level is Level.HIGH
        wrong = bench.login(issuer, id_token_algorithm="RS256" if algorithm == "ES256" else "ES256")
        with pytest.raises(AnswerRefused) as refused:
            wrong.run()
        assert refused.value.code == "id-token"


def test_new_keys_of_the_provider(bench: Bench):
    """A provider that comes back with other keys: an unknown key id makes us look again, though not within 30 s."""
    with bench.provider() as issuer:
        login = bench.login(issuer)
        subject = login.run().subject
    with bench.provider(port=urlsplit(issuer).port):
        with pytest.raises(AnswerRefused) as refused:
            login.run()
        assert refused.value.code == "id-token"
        login.later = timedelta(seconds=40)
        assert login.run().subject == subject


@pytest.mark.parametrize(("error", "raised"), [("access_denied", LoginCancelled), ("server_error", LoginDenied)])
def test_who_cancels_is_not_logged_in(login: Login, error, raised):
    """The provider's error, with our state and its name, is told as what it is."""
    with pytest.raises(raised):
        login.run(error=error)
    assert login.run().subject


def test_a_weaker_login_than_asked(bench: Bench):
    """The provider lets somebody in below what was asked, with an acr nobody listed, or with none: no login of ours."""
    with bench.provider(takesClaims=False) as issuer:
        login = bench.login(issuer)
        assert login.run(acr=ACR["second-factor"]).level is Level.SUBSTANTIAL
        for weak in (ACR["password"], "urn:unheard-of"):
            with pytest.raises(LevelNotReached):
                login.run(acr=weak)
        with pytest.raises(AnswerRefused) as refused:
            login.run(acr="")
        assert refused.value.code == "acr"


def test_a_provider_that_takes_claims_never_lets_the_weaker_login_pass(login: Login):
    """Asked for as essential, the acr is the provider's own business: it shows its login page again."""
    assert login.run(acr=ACR["second-factor"]).level is Level.SUBSTANTIAL
    visit = Visit()
    with pytest.raises(StillThere):
        login.run(visit, acr=ACR["password"])
    assert visit.asked["prompt"] == "login"


def test_ordinary_claims_carry_the_level_only_where_the_operator_says_so(bench: Bench):
    """From the same provider and person, with and without the operator's word."""
    with bench.provider(takesClaims=False) as issuer:
        for vouch, level in ((False, None), (True, Level.HIGH)):
            login = bench.login(issuer, scopes=("openid", "profile", "email"), vouch_for_claims=vouch)
            attributes = login.run().attributes
            assert {name: (one.value, one.level) for name, one in attributes.items()} == {
                "given_name": ("Erika", level),
                "family_name": ("Mustermann", level),
                "birthdate": ("1964-08-12", level),
                "email": ("erika@example.org", level),
            }


def test_signed_userinfo(bench: Bench):
    """Userinfo as a signed token is verified and read like the plain one."""
    client = {"userinfo_signed_response_alg": "ES256"}
    with bench.provider(client=client) as issuer:
        attributes = bench.login(issuer).run().attributes
        assert attributes["family_name"].level is Level.HIGH


def test_a_secret_where_the_provider_knows_nothing_else(bench: Bench, tmp_path):
    """client_secret_basic with the right secret logs in, with another one it does not."""
    secret = "blanks, 100 %, a+b: each needs its escape"
    (tmp_path / "right").write_text(secret + "\n")
    (tmp_path / "wrong").write_text("another")
    client = {"token_endpoint_auth_method": "client_secret_basic", "client_secret": secret}
    client |= {"jwks": None, "token_endpoint_auth_signing_alg": None}
    with bench.provider(client=client) as issuer:
        assert bench.login(issuer, client_secret_file=tmp_path / "right").run().level is Level.HIGH
        with pytest.raises(UpstreamUnavailable) as refused:
            bench.login(issuer, client_secret_file=tmp_path / "wrong").run()
        assert refused.value.code == "token-endpoint"


def test_a_provider_that_insists_on_the_token_endpoint(bench: Bench, issuer: str, login: Login):
    """The old audience works where it is configured; this provider takes both."""
    other = bench.login(issuer, assertion_audience="token-endpoint")
    assert other.run().subject == login.run().subject


def test_a_code_counts_once_and_for_its_own_login(login: Login):
    """Used again, or carried into another login, the provider refuses it and so do we."""
    ask, handover = login.begin()
    parameters = Visit().log_in(handover.url, CALLBACK)
    assert login.complete(ask, handover, parameters).subject
    with pytest.raises(AnswerRefused) as refused:
        login.complete(ask, handover, parameters)
    assert refused.value.code == "code"
    ask, handover = login.begin()
    _, other = login.begin()
    with pytest.raises(AnswerRefused):
        login.complete(ask, other, Visit().log_in(handover.url, CALLBACK))


def test_the_client_key_is_the_proof(bench: Bench, issuer: str, login: Login):
    """With a key the provider does not know, not even the request is taken."""
    with pytest.raises(UpstreamUnavailable) as refused:
        bench.login(issuer, keyring=new_keyring()).begin()
    assert refused.value.code == "par"
    assert login.run().subject
