"""Keys of others: what may verify a signature is taken, cut down to what is public; everything else is refused by name."""

import base64

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from keys.errors import KeyNotValid
from keys.foreign import make_key_pair, public_half, read_key_set

EC, ED = (ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"))
RSA = RSAKey.generate_key(2048)


def public(key, **said) -> dict:
    return {**key.as_dict(private=False), **said}


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()


def test_what_is_taken_is_public_and_for_signatures():
    """Members that nobody needs are left out, keys for encryption and of other curves too."""
    other = ECKey.generate_key("P-384")
    listed = [
        public(EC, kid="a", use="sig", alg="ES256", x5u="https://evil.example/", key_ops=["verify"]),
        public(RSA, kid="b"),
        public(ED, kid="c"),
        public(ECKey.generate_key("P-256"), kid="d", use="enc"),
        public(other, kid="e"),
    ]
    found = read_key_set({"keys": listed, "more": 1})["keys"]
    assert [one["kid"] for one in found] == ["a", "b", "c"]
    assert all(one["use"] == "sig" for one in found)
    assert set(found[0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "key-set"),
        ([], "key-set"),
        ({"keys": {}}, "key-set"),
        ({"keys": [1]}, "key-set"),
        ({"keys": [public(EC, kid=str(at)) for at in range(21)]}, "key-set"),
        ({"keys": []}, "key-none"),
        ({"keys": [public(EC, use="enc")]}, "key-none"),
        ({"keys": [{"kty": ["EC"], "crv": {}}]}, "key-none"),
        ({"keys": [EC.as_dict(private=True)]}, "key-private"),
        ({"keys": [public(EC), OctKey.generate_key(256).as_dict(private=True)]}, "key-private"),
        ({"keys": [public(RSA, n=number(2**1023 + 1))]}, "key-weak"),
        ({"keys": [public(RSA, e=number(3))]}, "key-weak"),
        ({"keys": [public(RSA, e=number(2**64 + 1))]}, "key-weak"),
        ({"keys": [public(RSA, e=number(1))]}, "key-weak"),
        ({"keys": [public(RSA, n=5)]}, "key-unusable"),
        ({"keys": [{**public(EC), "x": number(1)}]}, "key-unusable"),
        ({"keys": [public(EC, kid="a", use="sig"), public(EC, kid="b", use="enc")]}, "key-shared"),
        ({"keys": [public(EC, kid="a"), public(RSA)]}, "key-ids"),
        ({"keys": [public(EC, kid="a"), public(RSA, kid="a")]}, "key-ids"),
    ],
    ids=lambda given: given if isinstance(given, str) else "set",
)
def test_j14_a_key_set_that_should_not_be_trusted_is_refused(document: object, code: str):
    """J14: private, too small, exponent 1 or 3, one key for two uses, ids that tell nothing apart."""
    with pytest.raises(KeyNotValid) as refused:
        read_key_set(document)
    assert refused.value.code == code


def test_a_key_made_for_another_signs_what_its_public_half_verifies():
    """Both halves belong together, and the set can be read as any other."""
    pem, jwks = make_key_pair()
    assert jwks == public_half(pem)
    assert read_key_set(jwks)["keys"][0]["kid"] == ECKey.import_key(pem.decode()).thumbprint()
    assert "d" not in jwks["keys"][0]
