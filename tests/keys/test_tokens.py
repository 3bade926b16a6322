"""Tokens: believed only when genuine, of the right type, from the right issuer, for this reader, now."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from keys.errors import KeyNotValid, TokenInvalid
from keys.jwk import jose_key, public_jwk, public_jwks
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from keys.tokens import LONGEST_TOKEN, decrypt_token, encrypt_token, sign_token, verify_token

ISSUER, AUDIENCE, TYPE = "https://gate.example", "https://postbox.example", "at+jwt"


@pytest.fixture
def key(keyring, now):
    return keyring.current(Purpose.TOKEN_SIGNING, now)


@pytest.fixture
def jwks(key):
    return {"keys": [public_jwk(key)]}


@pytest.fixture
def claims(now):
    seconds = int(now.timestamp())
    return {"iss": ISSUER, "aud": AUDIENCE, "iat": seconds, "exp": seconds + 300, "scope": "notices:write"}


def check(token, jwks, now, **changes):
    options = {"typ": TYPE, "issuer": ISSUER, "audience": AUDIENCE, "now": now, **changes}
    return verify_token(token, jwks, **options)


def code_of(token, jwks, now, **changes):
    with pytest.raises(TokenInvalid) as caught:
        check(token, jwks, now, **changes)
    return caught.value.code


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(key, header, payload):
    """A token with any header and any payload bytes, correctly signed."""
    signing_input = f"{text(json.dumps(header).encode())}.{text(payload)}"
    from keys.signing import sign

    return f"{signing_input}.{text(sign(key, signing_input.encode()))}"


def test_the_example_of_rfc_7515_is_understood():
    """RFC 7515 appendix A.3: an ES256 token made elsewhere, and the same with one letter changed."""
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    token = (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    before = datetime.fromtimestamp(1300819380, UTC) - timedelta(seconds=1)
    options = {"typ": None, "issuer": "joe", "audience": None}
    assert check(token, {"keys": [jwk]}, before, **options)["http://example.com/is_root"] is True
    assert code_of(token.replace("DtE", "DtF"), {"keys": [jwk]}, before, **options) == "token-signature"
    assert code_of(token, {"keys": [jwk]}, before + timedelta(seconds=31), **options) == "token-expired"


def test_a_token_carries_alg_kid_and_typ_and_leaves_the_claims_alone(key, jwks, claims, now):
    """What is signed comes back; the caller's mapping is not written to."""
    before = dict(claims)
    token = sign_token(key, claims, typ=TYPE)
    assert check(token, jwks, now) == claims == before
    assert jws.extract_compact(token.encode()).headers() == {"alg": "ES256", "typ": TYPE, "kid": key.kid}


@pytest.mark.parametrize(
    ("purpose", "algorithm"),
    [(Purpose.TOKEN_SIGNING_RS256, "RS256"), (Purpose.LOG_SIGNING, "Ed25519"), (Purpose.RECEIPT_SIGNING, "ES256")],
)
def test_every_signing_algorithm_makes_tokens_that_verify(keyring, claims, now, purpose, algorithm):
    """Only where the reader agreed to the algorithm."""
    token = sign_token(keyring.current(purpose, now), claims, typ=TYPE)
    jwks = public_jwks(keyring, [purpose], now)
    assert check(token, jwks, now, algorithms=[algorithm]) == claims
    assert code_of(token, jwks, now, algorithms=["PS256"]) == "token-algorithm"


def test_ps256_from_elsewhere_verifies(keyring, claims, now):
    """Clients may sign their assertions with PS256 (FAPI 2)."""
    material = keyring.current(Purpose.SAML_SIGNING, now).private_key
    token = jws.serialize_compact(
        {"alg": "PS256", "typ": TYPE}, json.dumps(claims).encode(), RSAKey(material, material), algorithms=["PS256"]
    )
    jwks = {"keys": [RSAKey(material, material).as_dict()]}
    assert check(token, jwks, now, algorithms=["ES256", "PS256"]) == claims
    assert code_of(token, jwks, now) == "token-algorithm"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "", None, 5, ["ES256"]])
def test_an_algorithm_that_was_not_agreed_is_refused(key, jwks, claims, now, algorithm):
    """Also one that is no text; the signature beneath is sound with the right header."""
    payload = json.dumps(claims).encode()
    assert check(forged(key, {"alg": "ES256", "typ": TYPE, "kid": key.kid}, payload), jwks, now) == claims
    bad = forged(key, {"alg": algorithm, "typ": TYPE, "kid": key.kid}, payload)
    assert code_of(bad, jwks, now) == "token-algorithm"


def test_a_token_without_signature_is_refused(key, jwks, claims, now):
    """Algorithm none, empty signature (RFC 8725 3.1)."""
    token = sign_token(key, claims, typ=TYPE)
    head, payload, _ = token.split(".")
    assert code_of(f"{head}.{payload}.", jwks, now) == "token-signature"


def test_a_public_key_does_not_serve_as_an_hmac_secret(keyring, jwks, claims, now):
    """The classic confusion: HS256 keyed with the published RSA or EC key."""
    secret = OctKey.import_key(json.dumps(jwks).encode())
    token = jws.serialize_compact({"alg": "HS256", "typ": TYPE}, json.dumps(claims).encode(), secret, ["HS256"])
    assert code_of(token, jwks, now, algorithms=["ES256", "RS256"]) == "token-algorithm"
    assert code_of(token, {"keys": [secret.as_dict()]}, now, algorithms=["ES256", "RS256"]) == "token-algorithm"


def test_only_known_algorithms_can_be_agreed(key, jwks, claims, now):
    """Agreeing to HS256 or none is a mistake of the caller, not of the token."""
    token = sign_token(key, claims, typ=TYPE)
    for algorithms in (["none"], ["ES256", "HS256"]):
        with pytest.raises(ValueError, match="unknown algorithm"):
            check(token, jwks, now, algorithms=algorithms)


@pytest.mark.parametrize(
    "strange",
    [{"kid": None}, {"typ": [TYPE]}, {"jku": "no address"}, {"jwk": "no key"}, {"cty": 5}, {"x-trace": "x" * 8192}],
)
def test_a_header_that_no_standard_knows_is_refused(key, jwks, claims, now, strange):
    """RFC 7515 4.1: each parameter of its kind, and all of them of a bounded length; the signature beneath is sound."""
    header, payload = {"alg": "ES256", "typ": TYPE, "kid": key.kid}, json.dumps(claims).encode()
    assert check(forged(key, {**header, "cty": "JWT", "x-trace": "x" * 4096}, payload), jwks, now) == claims
    assert code_of(forged(key, {**header, **strange}, payload), jwks, now) == "token-signature"


def test_a_changed_token_is_refused(key, jwks, claims, now):
    """Other claims under the same signature, or another key's signature."""
    token = sign_token(key, claims, typ=TYPE)
    head, _, signature = token.split(".")
    other = text(json.dumps({**claims, "scope": "everything"}).encode())
    assert code_of(f"{head}.{other}.{signature}", jwks, now) == "token-signature"
    foreign = mint(Purpose.TOKEN_SIGNING, now)
    assert code_of(sign_token(replace(foreign, kid=key.kid), claims, typ=TYPE), jwks, now) == "token-signature"
    assert check(token, jwks, now) == claims


def test_the_key_is_chosen_by_kid_and_never_guessed(keyring, key, claims, now):
    """An unknown kid is refused; without kid exactly one key must fit."""
    other = mint(Purpose.TOKEN_SIGNING, now)
    both = {"keys": [public_jwk(key), public_jwk(other)]}
    payload = json.dumps(claims).encode()
    bare = forged(key, {"alg": "ES256", "typ": TYPE}, payload)
    assert check(sign_token(key, claims, typ=TYPE), both, now) == claims
    assert check(bare, {"keys": [public_jwk(key)]}, now) == claims
    assert code_of(bare, both, now) == "token-key"
    assert code_of(sign_token(mint(Purpose.TOKEN_SIGNING, now), claims, typ=TYPE), both, now) == "token-key"
    assert code_of(sign_token(key, claims, typ=TYPE), {"keys": [public_jwk(key), public_jwk(key)]}, now) == "token-key"


def test_a_key_is_asked_for_anew_with_every_token(key, jwks, claims, now):
    """A key that has just verified is refused once it is gone from the set, or its id names other numbers."""
    token = sign_token(key, claims, typ=TYPE)
    assert check(token, jwks, now) == claims
    other = {**public_jwk(mint(Purpose.TOKEN_SIGNING, now)), "kid": key.kid}
    assert code_of(token, {"keys": []}, now) == "token-key"
    assert code_of(token, {"keys": [other]}, now) == "token-signature"
    assert check(token, jwks, now) == claims


def test_keys_inside_the_token_are_never_used(key, jwks, claims, now):
    """A jwk or jku header changes nothing: the sender does not choose the key."""
    foreign = mint(Purpose.TOKEN_SIGNING, now)
    payload = json.dumps(claims).encode()
    inside = {"alg": "ES256", "typ": TYPE, "jwk": public_jwk(foreign), "jku": "https://evil.example/jwks"}
    assert code_of(forged(foreign, inside, payload), jwks, now) in ("token-signature", "token-key")
    header = {"alg": "ES256", "typ": TYPE, "kid": key.kid, "x-trace": "1"}
    assert check(forged(key, header, payload), jwks, now) == claims


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"alg": "ES384"},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"x": "AAAA"},
        {"x": None},
        {"x": ["AAAA"]},
        {"y": "!"},
    ],
)
def test_a_published_key_that_does_not_fit_is_not_used(key, jwks, claims, now, change):
    """Use, algorithm, kind and curve must match; a broken key is an error, not a crash."""
    token = sign_token(key, claims, typ=TYPE)
    assert check(token, jwks, now) == claims
    assert code_of(token, {"keys": [{**public_jwk(key), **change}]}, now) == "token-key"


@pytest.mark.parametrize("keys", [[], [None], ["text"], [{}], None, 5, {}])
def test_a_key_set_of_nonsense_fits_nothing(key, claims, now, keys):
    """No key, one clear refusal."""
    assert code_of(sign_token(key, claims, typ=TYPE), {"keys": keys}, now) == "token-key"


def test_a_short_rsa_key_is_not_used(claims, now):
    """RFC 7518 3.3: at least 2048 bits."""
    for bits, expected in [(1024, "token-key"), (2048, None)]:
        material = generate_private_key(public_exponent=65537, key_size=bits)
        token = jws.serialize_compact(
            {"alg": "RS256", "typ": TYPE}, json.dumps(claims).encode(), RSAKey(material, material), ["RS256"]
        )
        jwks = {"keys": [RSAKey(material, material).as_dict()]}
        if expected is None:
            assert check(token, jwks, now, algorithms=["RS256"]) == claims
        else:
            assert code_of(token, jwks, now, algorithms=["RS256"]) == expected


def test_the_type_keeps_tokens_apart(key, jwks, claims, now):
    """A token of one type never passes as another; letters compare without case, application/ may lead."""
    for written in ("at+jwt", "AT+JWT", "application/at+jwt"):
        assert check(sign_token(key, claims, typ=written), jwks, now) == claims
    for written in ("JWT", "postbox-address+jwt", "at+jwt2", ""):
        assert code_of(sign_token(key, claims, typ=written), jwks, now) == "token-type"
    bare = forged(key, {"alg": "ES256", "kid": key.kid}, json.dumps(claims).encode())
    assert code_of(bare, jwks, now) == "token-type"


def test_no_type_expected_takes_only_tokens_without_a_type_of_their_own(key, jwks, claims, now):
    """ID tokens and plain assertions have none or JWT; an access token does not pass as one (RFC 8725 3.11)."""
    bare = forged(key, {"alg": "ES256", "kid": key.kid}, json.dumps(claims).encode())
    assert check(bare, jwks, now, typ=None) == claims
    assert check(sign_token(key, claims, typ="JWT"), jwks, now, typ=None) == claims
    assert code_of(sign_token(key, claims, typ="at+jwt"), jwks, now, typ=None) == "token-type"


def test_the_issuer_must_be_exactly_the_expected_one(key, jwks, claims, now):
    """Missing, longer, shorter or a list: refused; None leaves it to the caller."""
    for issuer in (ISSUER + "/", ISSUER[:-1], [ISSUER], None):
        assert code_of(sign_token(key, {**claims, "iss": issuer}, typ=TYPE), jwks, now) == "token-issuer"
    del claims["iss"]
    token = sign_token(key, claims, typ=TYPE)
    assert code_of(token, jwks, now) == "token-issuer"
    assert check(token, jwks, now, issuer=None) == claims


def test_the_audience_must_be_one_plain_string(key, jwks, claims, now):
    """A list is refused even if we stand in it: a token for two readers can be carried from one to the other."""
    for audience in ([AUDIENCE], [AUDIENCE, "https://other.example"], AUDIENCE + "/", None, {}):
        assert code_of(sign_token(key, {**claims, "aud": audience}, typ=TYPE), jwks, now) == "token-audience"
    del claims["aud"]
    token = sign_token(key, claims, typ=TYPE)
    assert code_of(token, jwks, now) == "token-audience"
    assert check(token, jwks, now, audience=None) == claims


@pytest.mark.parametrize(
    "case",
    [
        ("exp", -29, None),
        ("exp", -30, "token-expired"),
        ("iat", 30, None),
        ("iat", 31, "token-from-the-future"),
        ("nbf", 30, None),
        ("nbf", 31, "token-not-yet"),
    ],
)
def test_times_are_kept_to_the_second_with_the_agreed_leeway(key, jwks, claims, now, case):
    """Thirty seconds of clock difference are forgiven, the thirty-first is not."""
    name, offset, code = case
    token = sign_token(key, {**claims, name: int(now.timestamp()) + offset}, typ=TYPE)
    if code is None:
        assert check(token, jwks, now)
    else:
        assert code_of(token, jwks, now) == code


@pytest.mark.parametrize("value", ["1900000000", True, None, [], {}])
def test_times_that_are_no_numbers_are_refused(key, jwks, claims, now, value):
    """RFC 7519 2: NumericDate."""
    assert check(sign_token(key, {**claims, "nbf": 0.5}, typ=TYPE), jwks, now)
    for name in ("exp", "iat", "nbf"):
        assert code_of(sign_token(key, {**claims, name: value}, typ=TYPE), jwks, now) == "token-time"


def test_a_token_without_end_is_refused_unless_it_is_meant_to_last(key, jwks, claims, now):
    """Receipts last; where one nevertheless names an end, the end counts."""
    assert check(sign_token(key, claims, typ=TYPE), jwks, now, lasting=True) == claims
    expired = {**claims, "exp": int(now.timestamp()) - 100}
    assert code_of(sign_token(key, expired, typ=TYPE), jwks, now, lasting=True) == "token-expired"
    del claims["exp"]
    token = sign_token(key, claims, typ=TYPE)
    assert code_of(token, jwks, now) == "token-expiry-missing"
    assert check(token, jwks, now, lasting=True) == claims


@pytest.mark.parametrize(
    "header", [{"crit": ["b64"], "b64": False}, {"crit": ["x"], "x": 1}, {"crit": []}, {"b64": True}]
)
def test_critical_headers_are_refused(key, jwks, claims, now, header):
    """RFC 7515 4.1.11: what must be understood and is not, refuses the token."""
    full = {"alg": "ES256", "typ": TYPE, "kid": key.kid, **header}
    assert code_of(forged(key, full, json.dumps(claims).encode()), jwks, now) == "token-critical"


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"text",
        b"",
        b'{"exp":1900000000,"exp":1}',
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b"\xff",
        b"[" * 20000,
        b'{"exp":1900000000,"sub":"\\ud83d"}',
    ],
)
def test_a_payload_that_is_no_single_meaning_object_is_refused(key, jwks, now, payload):
    """Not JSON, no object, a name twice, not a number, nested beyond reason, half a character: refused, no crash."""
    token = forged(key, {"alg": "ES256", "typ": TYPE, "kid": key.kid}, payload)
    assert code_of(token, jwks, now) == "token-malformed"


def test_a_whole_surrogate_pair_is_a_character(key, jwks, claims, now):
    """The escaped spelling of a character beyond the basic plane is read as that character."""
    payload = json.dumps({**claims, "said": "\U0001f600"}).encode("ascii")
    token = forged(key, {"alg": "ES256", "typ": TYPE, "kid": key.kid}, payload)
    assert check(token, jwks, now)["said"] == "\U0001f600"


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "a.b.c.d", "a.b.c", "é.b.c", " . . ", "e30.e30.e30=", None, b"e30.e30."]
)
def test_nonsense_is_refused_as_malformed(jwks, now, token):
    """Anything a stranger may send in a header field."""
    assert code_of(token, jwks, now).startswith("token-")


def test_a_token_has_one_spelling(key, jwks, claims, now):
    """Spare bits in the last letter of the signature may not vary."""
    token = sign_token(key, claims, typ=TYPE)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = token[:-1] + letters[letters.index(token[-1]) ^ 1]
    assert base64.urlsafe_b64decode(other.split(".")[2] + "==") == base64.urlsafe_b64decode(token.split(".")[2] + "==")
    assert check(token, jwks, now)
    assert code_of(other, jwks, now) == "token-malformed"


def test_a_huge_token_is_refused_before_anything_is_read(key, jwks, claims, now):
    """The limit counts before decoding; a large one below it still passes."""
    large = {**claims, "padding": "x" * 20_000}
    assert check(sign_token(key, large, typ=TYPE), jwks, now) == large
    token = sign_token(key, {**claims, "padding": "x" * LONGEST_TOKEN}, typ=TYPE)
    assert code_of(token, jwks, now) == "token-size"


def test_only_signing_keys_make_tokens(keyring, claims, now):
    """The address key decrypts and does nothing else."""
    with pytest.raises(KeyNotValid):
        sign_token(keyring.current(Purpose.ADDRESS_ENCRYPTION, now), claims, typ=TYPE)


def test_an_encrypted_token_opens_for_its_reader_only(keyring, key, claims, now):
    """The reader's keyring opens it; another one does not, nor after a change."""
    inner = sign_token(key, claims, typ=TYPE)
    reader = keyring.current(Purpose.ADDRESS_ENCRYPTION, now)
    token = encrypt_token(public_jwk(reader), inner)
    assert decrypt_token(keyring, token, now) == inner
    header = jwe.decrypt_compact(token, jose_key(reader)).headers()
    assert (header["alg"], header["enc"], header["cty"], header["kid"]) == (
        "ECDH-ES+A256KW",
        "A256GCM",
        "JWT",
        reader.kid,
    )
    for stranger in (
        mint(Purpose.ADDRESS_ENCRYPTION, now),
        replace(mint(Purpose.ADDRESS_ENCRYPTION, now), kid=reader.kid),
    ):
        with pytest.raises(TokenInvalid):
            decrypt_token(Keyring([stranger]), token, now)


@pytest.mark.parametrize("part", range(5))
def test_an_encrypted_token_changed_anywhere_does_not_open(keyring, now, part):
    """Header, wrapped key, nonce, ciphertext, tag: each is covered."""
    token = encrypt_token(public_jwk(keyring.current(Purpose.ADDRESS_ENCRYPTION, now)), "a.b.c")
    assert decrypt_token(keyring, token, now) == "a.b.c"
    parts = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4)))
    raw[len(raw) // 2] ^= 1
    parts[part] = text(bytes(raw))
    with pytest.raises(TokenInvalid):
        decrypt_token(keyring, ".".join(parts), now)


def test_a_retired_key_opens_until_its_end(now):
    """Addresses issued before a rotation stay good; after the retention they do not."""
    retired = replace(mint(Purpose.ADDRESS_ENCRYPTION, now), not_after=now + timedelta(days=100))
    keyring = Keyring([retired, mint(Purpose.ADDRESS_ENCRYPTION, now + timedelta(days=1))])
    token = encrypt_token(public_jwk(retired), "a.b.c")
    assert decrypt_token(keyring, token, now + timedelta(days=99)) == "a.b.c"
    with pytest.raises(TokenInvalid):
        decrypt_token(keyring, token, now + timedelta(days=100))


@pytest.mark.parametrize(
    "change",
    [{"alg": "ECDH-ES"}, {"enc": "A128GCM"}, {"cty": None}, {"zip": "DEF"}, {"kid": "unknown"}, {"kid": None}],
)
def test_an_encrypted_token_of_another_kind_is_refused(keyring, now, change):
    """Other algorithms, no JWT inside, compression, a key that is not here."""
    reader = keyring.current(Purpose.ADDRESS_ENCRYPTION, now)
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "cty": "JWT", "kid": reader.kid}

    def made(**changes):
        full = {name: value for name, value in {**header, **changes}.items() if value is not None}
        return jwe.encrypt_compact(full, b"a.b.c", jose_key(reader), [full["alg"], full["enc"], "DEF"])

    assert decrypt_token(keyring, made(), now) == "a.b.c"
    with pytest.raises(TokenInvalid):
        decrypt_token(keyring, made(**change), now)


def test_only_a_public_p256_encryption_key_encrypts(keyring, now):
    """A signing key, another curve, a private key, or a point off the curve: refused."""
    public = public_jwk(keyring.current(Purpose.ADDRESS_ENCRYPTION, now))
    assert encrypt_token(public, "a.b.c")
    private = jose_key(keyring.current(Purpose.ADDRESS_ENCRYPTION, now)).as_dict(private=True)
    other_curve = ECKey.generate_key("P-384").as_dict(private=False)
    for bad in ({**public, "use": "sig"}, other_curve, private, {**public, "x": public["y"]}, {"crv": "P-256"}):
        with pytest.raises(KeyNotValid):
            encrypt_token(bad, "a.b.c")
