"""E8: what happens at the edge of every time we judge. One table; each row drives the rule itself, without a network.

A column says how many seconds the stamp lies after our clock. One minute is what clocks may differ towards accounts,
half a minute towards applications; what we issued ourselves needs none.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from authlib.oauth2.rfc6749.errors import OAuth2Error
from joserfc import jwt
from joserfc.jwk import ECKey
from lxml import etree

from idgateway.assurance import Level
from idgateway.errors import GateError
from idgateway.provider import access, assertion, hints
from idgateway.provider.client_keys import ClientKeys
from idgateway.provider.clients import load_clients
from idgateway.provider.draft import Sources, draft_of
from idgateway.provider.request_object import check_request_object, read_request_object
from idgateway.settings import SamlProvider
from idgateway.upstream.oidc import identity
from idgateway.upstream.saml import statement
from idgateway.upstream.saml.expected import Expected
from idgateway.upstream.saml.profiles import profile_of
from keys.errors import KeysError
from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from keys.possession import verify_proof
from keys.tokens import sign_token
from tests.idgateway.login.conftest import CLIENTS
from tests.idgateway.login.world import ISSUER, settings_in

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
ACS = "https://gate.example/acs"
COLUMNS = (-61, -60, 0, 60, 61)
ALL, NONE = "yyyyy", "nnnnn"
# y: taken, n: refused, in the order of COLUMNS.
TABLE = {
    "client assertion: exp": "nnyyy",
    "client assertion: nbf": "yyynn",
    "client assertion: iat": "yyynn",
    "DPoP proof: iat": "nyynn",
    "request object: exp": "nnyyy",
    "request object: nbf": "yyynn",
    "request object: iat": "yyynn",
    "id_token_hint: exp": ALL,  # an application may keep its own session longer (OIDC Core 3.1.2.1)
    "id_token_hint: iat": "yyynn",
    "access token of ours: exp": "nnnyy",
    "ID token of an account: exp": "nnyyy",
    "ID token of an account: nbf": "yyyyn",
    "ID token of an account: iat": "yyyyn",
    "ID token of an account: auth_time, any login": "yyyyn",
    "ID token of an account: auth_time, a fresh login": "nyyyn",
    "SAML message: IssueInstant": "nyyyn",
    "SAML assertion: IssueInstant": "nyyyn",
    "SAML assertion: NotBefore": "yyyyn",
    "SAML assertion: NotOnOrAfter": "nnyyy",
    "SAML assertion: confirmation NotOnOrAfter": "nnyyy",
    "SAML assertion: AuthnInstant": "nyyyn",
    "SAML assertion: SessionNotOnOrAfter": "nnyyy",
}


@pytest.fixture(scope="module")
def ring() -> Keyring:
    return Keyring([mint(purpose, NOW - timedelta(days=1)) for purpose in (Purpose.TOKEN_SIGNING,)])


@pytest.fixture(scope="module")
def judges(ring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Callable[[int], Any]]:
    """Each row's rule: takes the stamp's distance, raises where it refuses."""
    folder = tmp_path_factory.mktemp("times")
    return {**_of_applications(folder), **_of_ours(ring), **_of_oidc(ring), **_of_saml()}


@pytest.mark.parametrize("row", TABLE)
def test_e8_every_time_is_judged_as_the_table_says(judges: Mapping[str, Callable[[int], Any]], row: str):
    found = ""
    for distance in COLUMNS:
        try:
            judges[row](distance)
            found += "y"
        except (GateError, KeysError, OAuth2Error):
            found += "n"
    assert found == TABLE[row]


def test_the_table_is_whole(judges: Mapping[str, Callable[[int], Any]]):
    """Every judge has its row, and every row a stamp that is taken."""
    assert set(judges) == set(TABLE)
    assert all("y" in verdicts for verdicts in TABLE.values())


def _of_applications(folder: Path) -> dict[str, Callable[[int], Any]]:
    keys = {name: ECKey.generate_key("P-256") for name in CLIENTS}
    clients = load_clients(settings_in(folder, keys, {"keys": []}))
    key = keys["fapi"]
    sources = Sources(our_keys=dict, client_keys=ClientKeys(demo=True), fetched=lambda address, _: address)

    def asserts(**times: int) -> Any:
        claims = {"iss": "fapi", "sub": "fapi", "aud": ISSUER, "jti": "j", "exp": STAMP + 90, "iat": STAMP, **times}
        token = jwt.encode({"alg": "ES256", "kid": "fapi"}, claims, key)
        return assertion.verify_assertion(token, clients["fapi"], keys=ClientKeys(demo=True), issuer=ISSUER, now=NOW)

    def proves(iat: int) -> Any:
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
        claims = {"htm": "POST", "htu": f"{ISSUER}/token", "iat": iat, "jti": secrets.token_hex(4)}
        return verify_proof(jwt.encode(header, claims, key), method="POST", url=f"{ISSUER}/token", now=NOW)

    def requests(**times: int) -> Any:
        claims = {"iss": "fapi", "client_id": "fapi", "aud": ISSUER, "nbf": STAMP, "exp": STAMP + 90, **times}
        token = jwt.encode({"alg": "ES256", "kid": "fapi"}, claims, key)
        pairs = {"client_id": "fapi", "request": token}.items()
        draft = draft_of(pairs, clients, ISSUER, NOW, sources=sources, pushed=True)
        return check_request_object(read_request_object(replace(draft, client=clients["fapi"])))

    return {
        **{
            f"client assertion: {name}": lambda d, name=name: asserts(**{name: STAMP + d})
            for name in ("exp", "nbf", "iat")
        },
        "DPoP proof: iat": lambda d: proves(STAMP + d),
        **{
            f"request object: {name}": lambda d, name=name: requests(**{name: STAMP + d})
            for name in ("exp", "nbf", "iat")
        },
    }


def _of_ours(ring: Keyring) -> dict[str, Callable[[int], Any]]:
    key, jwks = ring.current(Purpose.TOKEN_SIGNING, NOW), public_jwks(ring, (Purpose.TOKEN_SIGNING,), NOW)

    def hints_at(**times: int) -> Any:
        claims = {
            "iss": ISSUER,
            "aud": "urkunde",
            "sub": "s",
            "iat": STAMP - 600,
            "auth_time": STAMP,
            "exp": STAMP + 90,
        }
        claims |= times
        return hints.read_hint(sign_token(key, claims, typ="JWT"), jwks, ISSUER, NOW)

    class Here:
        keyring, issuer = ring, ISSUER

    def opens(d: int) -> Any:
        claims = {"iss": ISSUER, "aud": ISSUER, "sub": "s", "iat": STAMP - 600, "exp": STAMP + d}
        return access.read(Here, sign_token(key, claims, typ=access.TYPE), audience=ISSUER, now=NOW)

    return {
        "id_token_hint: exp": lambda d: hints_at(exp=STAMP + d),
        "id_token_hint: iat": lambda d: hints_at(iat=STAMP + d),
        "access token of ours: exp": opens,
    }


def _of_oidc(ring: Keyring) -> dict[str, Callable[[int], Any]]:
    class Account:
        """An account's published keys."""

        issuer = "https://konto.example"

        def jwks(self, _now: datetime, *, unknown: bool) -> Mapping[str, Any]:
            return public_jwks(ring, (Purpose.TOKEN_SIGNING,), NOW)

    def says(*, fresh: bool = False, **times: int) -> Any:
        claims = {"iss": Account.issuer, "aud": "gate", "sub": "erika", "nonce": "n", "iat": STAMP, "exp": STAMP + 90}
        token = sign_token(ring.current(Purpose.TOKEN_SIGNING, NOW), {**claims, **times}, typ="JWT")
        expected = identity.Expected(
            client_id="gate",
            nonce="n",
            algorithms=("ES256",),
            not_before=NOW if fresh else None,
            access_token="",
            now=NOW,
        )
        return identity.check_id_token(token, Account(), expected)

    row = "ID token of an account"
    return {
        **{f"{row}: {name}": lambda d, name=name: says(**{name: STAMP + d}) for name in ("exp", "nbf", "iat")},
        f"{row}: auth_time, any login": lambda d: says(auth_time=STAMP + d),
        f"{row}: auth_time, a fresh login": lambda d: says(fresh=True, auth_time=STAMP + d),
    }


def _of_saml() -> dict[str, Callable[[int], Any]]:
    expected = Expected(
        provider="bundid",
        profile=profile_of(SamlProvider(name="bundid", title="BundID", entity_id="https://gate.example/sp")),
        entity_id="https://gate.example/sp",
        callback_url=ACS,
        request_id="_r",
        attributes=(),
        means=(),
        asked_level=Level.LOW,
        asked_at=NOW,
        guests_welcome=False,
        now=NOW,
        skew=timedelta(seconds=60),
    )

    def at(d: int) -> str:
        return (NOW + timedelta(seconds=d)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def message(d: int) -> Any:
        issuer = '<a:Issuer xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example</a:Issuer>'
        root = etree.fromstring(
            f'<Response Version="2.0" Destination="{ACS}" InResponseTo="_r" IssueInstant="{at(d)}">{issuer}</Response>'
        )
        return statement.check_envelope(root, expected, "https://idp.example")

    def said(
        *, issued: int = 0, before: int = 0, end: int = 90, confirmed: int = 90, login: int = 0, session: int = 90
    ):
        root = etree.fromstring(
            f'<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" IssueInstant="{at(issued)}"><Subject>'
            f'<NameID>x</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<SubjectConfirmationData Recipient="{ACS}" InResponseTo="_r" NotOnOrAfter="{at(confirmed)}"/>'
            f'</SubjectConfirmation></Subject><Conditions NotBefore="{at(before)}" NotOnOrAfter="{at(end)}"/>'
            f'<AuthnStatement AuthnInstant="{at(login)}" SessionNotOnOrAfter="{at(session)}"/></Assertion>'
        )
        statement.check_windows(root, expected)
        statement.check_subject(root, expected)
        statement.check_authentication(root, expected)

    row = "SAML assertion"
    return {
        "SAML message: IssueInstant": message,
        f"{row}: IssueInstant": lambda d: said(issued=d),
        f"{row}: NotBefore": lambda d: said(before=d),
        f"{row}: NotOnOrAfter": lambda d: said(end=d),
        f"{row}: confirmation NotOnOrAfter": lambda d: said(confirmed=d),
        f"{row}: AuthnInstant": lambda d: said(login=d),
        f"{row}: SessionNotOnOrAfter": lambda d: said(session=d),
    }
