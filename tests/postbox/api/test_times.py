"""E8 at the postbox: what happens at the edge of every time it judges, and of the one it writes itself.

A column says how many seconds the stamp lies after the judge's clock; half a minute is what clocks may differ.
"""

from datetime import timedelta

import pytest

from keys.errors import KeysError
from keys.jwk import public_jwks
from keys.keyring import Purpose
from keys.tokens import verify_token
from postbox.pages.relying_party import RelyingParty
from tests.postbox.conftest import CLIENT, NOON, URL
from tests.proofs import KEY, ath_of, proof_of

STAMP = int(NOON.timestamp())
COLUMNS = (-61, -60, 0, 60, 61)
# y: taken, n: refused, in the order of COLUMNS.
TABLE = {
    "access token: exp": "nnyyy",
    "access token: nbf": "yyynn",
    "access token: iat": "yyynn",
    "DPoP proof: iat": "nyynn",
    "ID token of the gate: exp": "nnyyy",
    "ID token of the gate: iat": "yyynn",
    "client assertion of ours, at the gate": "yyynn",  # made by a clock so much ahead; it lives sixty seconds
}


@pytest.fixture
def judges(app, box, gate, keyring):
    """Each row's judge: takes the stamp's distance, says whether it was taken."""
    http = app.test_client()
    ours = {"issuer": gate.issuer, "client_id": CLIENT, "redirect_uri": f"{URL}/callback", "scope": "openid"}
    party = RelyingParty(**ours, keyring=keyring, gate_keys=box.gate_keys)

    def asks(token: str, scheme: str = "Bearer", **headers: str) -> bool:
        answer = http.get("/v1/notices/none", headers={"Authorization": f"{scheme} {token}", **headers})
        assert answer.status_code in (401, 404)  # nobody, or somebody who asks for what is not there
        return answer.status_code == 404

    def proves(distance: int) -> bool:
        token = gate.access_token(cnf={"jkt": KEY.thumbprint()})
        made = NOON + timedelta(seconds=distance)
        proof = proof_of(f"{URL}/v1/notices/none", made, KEY, htm="GET", ath=ath_of(token))
        return asks(token, "DPoP", DPoP=proof)

    def logs_in(**times: int) -> bool:
        claims = {"iss": gate.issuer, "aud": CLIENT, "sub": "s", "iat": STAMP, "exp": STAMP + 90, **times}
        return _taken(lambda: box.gate_keys.verify(gate.sign(claims, "JWT"), typ="JWT", audience=CLIENT, now=NOON))

    def asserts(distance: int) -> bool:
        token = party._assertion(NOON + timedelta(seconds=distance))
        jwks = public_jwks(keyring, [Purpose.CLIENT_AUTHENTICATION], NOON)
        return _taken(lambda: verify_token(token, jwks, typ=None, issuer=CLIENT, audience=gate.issuer, now=NOON))

    return {
        **{
            f"access token: {name}": lambda d, name=name: asks(gate.access_token(**{name: STAMP + d}))
            for name in ("exp", "nbf", "iat")
        },
        "DPoP proof: iat": proves,
        **{
            f"ID token of the gate: {name}": lambda d, name=name: logs_in(**{name: STAMP + d})
            for name in ("exp", "iat")
        },
        "client assertion of ours, at the gate": asserts,
    }


def _taken(judge) -> bool:
    try:
        judge()
    except KeysError:
        return False
    return True


@pytest.mark.parametrize("row", TABLE)
def test_e8_every_time_is_judged_as_the_table_says(judges, row: str):
    assert "".join("y" if judges[row](distance) else "n" for distance in COLUMNS) == TABLE[row]


def test_the_table_is_whole(judges):
    """Every judge has its row, and every row a stamp that is taken and one that is not."""
    assert set(judges) == set(TABLE)
    assert all({"y", "n"} == set(verdicts) for verdicts in TABLE.values())
