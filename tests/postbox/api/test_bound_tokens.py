"""Access tokens that are bound to a key (DPoP, RFC 9449 7): worth something only with its proof, once, for one request."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from postbox.delivery.jobs import run_due
from postbox.store.tables import proofs
from tests.postbox.api.test_api import problem, sent
from tests.postbox.conftest import NOON, URL
from tests.proofs import KEY, OTHER, ath_of, proof_of

CHALLENGE = 'DPoP algs="ES256 PS256 EdDSA"'


@pytest.fixture
def http(app):
    """A client of the API."""
    return app.test_client()


@pytest.fixture
def bound(gate):
    """A token of the specialist system that is bound to its key."""
    return gate.access_token(cnf={"jkt": KEY.thumbprint()})


def headers_of(token, key=KEY, *, path="/v1/notices", method="POST", at=NOON, scheme="DPoP", **changes):
    """How a token is presented, right but for the changes; None leaves a claim out."""
    claims = {"htm": method, "ath": ath_of(token), **changes}
    return {"Authorization": f"{scheme} {token}", "DPoP": proof_of(URL + path, at, key, **claims)}


@pytest.mark.parametrize("scheme", ["DPoP", "dpop"])
def test_a_bound_client_registers_a_recipient_sends_and_looks(http, gate, bound, box, scheme):
    """The whole errand, with a proof for each request."""
    registered = http.post(
        "/v1/recipients",
        json={"postbox_address": gate.address(box, jti="bound")},
        headers=headers_of(bound, path="/v1/recipients", scheme=scheme),
    )
    assert registered.status_code == 201, registered.get_json()
    answer = sent(http, headers_of(bound, scheme=scheme), registered.get_json()["recipient"])
    assert answer.status_code == 201, answer.get_json()
    notice = answer.get_json()["notice"]
    seen = http.get(
        f"/v1/notices/{notice}", headers=headers_of(bound, path=f"/v1/notices/{notice}", method="GET", scheme=scheme)
    )
    assert seen.get_json()["status"] == "accepted"


REFUSED = {
    "as Bearer": ({"scheme": "Bearer"}, "token-bound"),
    "by another key": ({"key": OTHER}, "proof-other-key"),
    "for another token": ({"ath": ath_of("x")}, "proof-token"),
    "for no token": ({"ath": None}, "proof-token"),
    "for another method": ({"method": "GET"}, "proof-request"),
    "for another address": ({"path": "/v1/recipients"}, "proof-request"),
    "for another house": ({"htu": "https://gate.test/v1/notices"}, "proof-request"),
    "too old": ({"at": NOON - timedelta(seconds=61)}, "proof-time"),
    "ahead": ({"at": NOON + timedelta(seconds=31)}, "proof-invalid"),
    "without jti": ({"jti": None}, "proof-jti"),
    "of another type": ({"head": {"typ": "JWT"}}, "proof-invalid"),
    "with its private key": ({"head": {"jwk": KEY.as_dict(private=True)}}, "proof-key"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bound_token_is_worth_nothing_without_its_proof(http, bound, recipient, name):
    """Each fault by itself; the same request with a right proof is taken."""
    changes, code = REFUSED[name]
    answer = sent(http, headers_of(bound, **changes), recipient)
    problem(answer, 401, code)
    error = "invalid_dpop_proof" if code.startswith("proof-") and code != "proof-other-key" else "invalid_token"
    assert answer.headers["WWW-Authenticate"] == f'{CHALLENGE}, error="{error}"'
    assert sent(http, headers_of(bound), recipient).status_code == 201


def test_a_proof_counts_once_whatever_became_of_its_request(http, bound, recipient):
    """RFC 9449 11.1: also where the first request was refused for its content."""
    headers = headers_of(bound)
    problem(sent(http, headers, recipient, title=""), 422, "unacceptable")
    problem(sent(http, headers, recipient), 401, "proof-used")
    problem(sent(http, {**headers, "DPoP": ""}, recipient), 401, "token-bound")


def test_a_bearers_token_is_not_presented_as_a_bound_one(http, gate, recipient):
    """RFC 9449 7.2: nothing is bound, so nothing is proved; and whoever brings nothing learns both ways."""
    token = gate.access_token()
    problem(sent(http, headers_of(token), recipient), 401, "token-not-bound")
    assert sent(http, {"Authorization": f"Bearer {token}"}, recipient).status_code == 201
    nothing = sent(http, {}, recipient)
    problem(nothing, 401, "token-missing")
    assert nothing.headers["WWW-Authenticate"] == f"Bearer, {CHALLENGE}"


@pytest.mark.parametrize("cnf", [None, {}, "x", {"jkt": None}, {"x5t#S256": "x"}])
def test_what_a_token_is_bound_to_has_to_be_readable(http, gate, recipient, cnf):
    """A binding that nobody can check is no bearer's token."""
    token = gate.access_token(cnf=cnf)
    problem(sent(http, headers_of(token), recipient), 401, "proof-other-key")
    problem(sent(http, {"Authorization": f"Bearer {token}"}, recipient), 401, "token-bound")


def test_used_proofs_are_forgotten_when_no_clock_takes_them(http, bound, box, recipient, clock):
    """The table holds two minutes of requests, not all of them; until then it holds them."""

    def kept() -> int:
        with box.database.read() as connection:
            return connection.execute(select(func.count()).select_from(proofs)).scalar_one()

    sent(http, headers_of(bound), recipient)
    run_due(box, clock())
    assert kept() == 1
    clock.forward(hours=2)
    run_due(box, clock())
    assert kept() == 0
