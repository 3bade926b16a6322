"""Public keys as JWK: thumbprints as in RFC 7638, nothing private, current and retired ones published."""

from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from keys.jwk import jose_key, public_jwk, public_jwks, thumbprint
from keys.keyring import Keyring, Purpose
from keys.minting import mint

MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
    "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr"
    "n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def _number(text: str) -> int:
    import base64

    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_the_key_id_is_the_thumbprint_of_rfc_7638():
    """The example of RFC 7638 section 3.1, cut to 16 characters."""
    public_key = RSAPublicNumbers(65537, _number(MODULUS)).public_key()
    assert thumbprint(public_key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"[:16]


def test_a_public_jwk_holds_nothing_private(keyring, now):
    """Exactly the public members per kind of key, with kid, use and alg."""
    common = {"kty", "kid", "use", "alg"}
    members = {
        Purpose.TOKEN_SIGNING: common | {"crv", "x", "y"},
        Purpose.ADDRESS_ENCRYPTION: common | {"crv", "x", "y"},
        Purpose.TOKEN_SIGNING_RS256: common | {"n", "e"},
        Purpose.LOG_SIGNING: common | {"crv", "x"},
    }
    for purpose, expected in members.items():
        key = keyring.current(purpose, now)
        assert jose_key(key).is_private  # what a signature uses is there, and still nothing leaks below
        assert set(public_jwk(key)) == expected
        assert public_jwk(key)["kid"] == key.kid


def test_use_and_alg_follow_the_purpose(keyring, now):
    """Signing keys say sig, the address key says enc."""
    signing, address = (
        public_jwk(keyring.current(purpose, now)) for purpose in (Purpose.TOKEN_SIGNING, Purpose.ADDRESS_ENCRYPTION)
    )
    assert (signing["use"], signing["alg"]) == ("sig", "ES256")
    assert (address["use"], address["alg"]) == ("enc", "ECDH-ES+A256KW")


def test_a_key_set_shows_announced_current_and_retired_keys_but_no_expired_ones(now):
    """Verifiers see what may still verify, and what will sign, newest first."""
    day = timedelta(days=1)
    gone, old, new, future = (mint(Purpose.TOKEN_SIGNING, now + days * day) for days in (0, 1, 2, 9))
    keyring = Keyring([replace(gone, not_after=now + 2 * day), replace(old, not_after=now + 8 * day), new, future])
    shown = public_jwks(keyring, [Purpose.TOKEN_SIGNING, Purpose.LOG_SIGNING], now + 3 * day)
    assert [jwk["kid"] for jwk in shown["keys"]] == [future.kid, new.kid, old.kid]


def test_the_jose_object_of_a_key_is_made_once(keyring, now):
    """Parsing and wrapping do not happen per signature."""
    key = keyring.current(Purpose.TOKEN_SIGNING, now)
    assert jose_key(key) is jose_key(key)
