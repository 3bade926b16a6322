"""A time stamp counts only as its authority made it, for these bytes, under a pinned anchor; openssl says the same."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding

from keys.errors import TimeStampInvalid
from keys.timestamp import query, read_answer, verify_token
from runtime.demo.stamps.authority import Authority, Fault

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
NOTE = b"postbox.example/log\n5\nAAAA\n"
AUTHORITY = Authority.fresh(NOW)
NONCE = 0x1122334455667788


def _token(fault=Fault.NONE, *, data=NOTE, algorithm="sha256"):
    asked = query(data, NONCE, algorithm)
    return read_answer(AUTHORITY.answer(asked.der, NOW, fault), asked)


def _verified(token, *, data=NOTE, anchors=(AUTHORITY.root,), now=NOW):
    return verify_token(token, data, anchors, now)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_an_honest_token_says_when_by_whom_and_how_exactly(algorithm):
    """Its moment, its accuracy and its authority come out; ten years later, too, when the certificate has long ended."""
    stamp = _verified(_token(algorithm=algorithm), now=NOW + timedelta(days=3653))
    assert stamp.at == NOW
    assert stamp.not_later_than == NOW + timedelta(seconds=1)
    assert "nicht qualifiziert" in stamp.authority
    assert stamp.chain[-1] == AUTHORITY.root
    assert stamp.revocation_seen
    assert not stamp.qualified_certificate


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.REFUSAL, "timestamp-refused"),
        (Fault.WRONG_NONCE, "timestamp-nonce"),
        (Fault.WRONG_IMPRINT, "timestamp-imprint"),
        (Fault.GARBAGE, "timestamp-malformed"),
        (Fault.EXPIRED, "timestamp-certificate-not-valid-then"),
        (Fault.WRONG_PURPOSE, "timestamp-purpose"),
        (Fault.TWO_PURPOSES, "timestamp-purpose"),
        (Fault.UNCRITICAL_PURPOSE, "timestamp-purpose"),
        (Fault.FUTURE, "timestamp-future"),
        (Fault.OTHER_AUTHORITY, "timestamp-certificate-chain"),
        (Fault.NO_CERTIFICATE_NAMED, "timestamp-certificate"),
        (Fault.REVOKED, "timestamp-certificate-revoked"),
    ],
)
def test_each_lie_of_an_authority_is_refused_by_its_name(fault, code):
    """Whatever is wrong with an answer has one code; none of it becomes a time stamp."""
    with pytest.raises(TimeStampInvalid) as refused:
        _verified(_token(fault))
    assert refused.value.code == code


def test_a_token_is_about_its_bytes_and_under_its_anchor_only():
    """Other bytes, another anchor or none: no time stamp."""
    token = _token()
    for wrong, code in (
        ({"data": NOTE + b"x"}, "timestamp-imprint"),
        ({"anchors": ()}, "timestamp-certificate-chain"),
        ({"anchors": (Authority.fresh(NOW).root,)}, "timestamp-certificate-chain"),
        ({"now": NOW - timedelta(seconds=61)}, "timestamp-future"),
    ):
        with pytest.raises(TimeStampInvalid) as refused:
            _verified(token, **wrong)
        assert refused.value.code == code
    assert _verified(token, now=NOW - timedelta(seconds=59)).at == NOW


def test_no_flipped_byte_of_what_is_signed_is_believed_and_none_breaks_the_reader():
    """Every fifth byte, flipped: an error of ours or, where nothing signed lies, the same statement."""
    token = _token()
    whole, believed = _verified(token), 0
    for place in range(0, len(token), 5):
        changed = bytearray(token)
        changed[place] ^= 0x01
        try:
            stamp = _verified(bytes(changed))
        except TimeStampInvalid:
            continue
        believed += 1
        assert (stamp.at, stamp.serial, stamp.policy, stamp.accuracy) == (
            whole.at,
            whole.serial,
            whole.policy,
            whole.accuracy,
        )
    assert believed < len(token) / 10  # certificates and lists that are not needed; versions


def test_a_question_names_a_taken_digest_and_a_nonce():
    """SHA-1 is not asked for, and a question without a nonce could be answered by an old token."""
    for nonce, algorithm in ((NONCE, "sha1"), (0, "sha256"), (1 << 64, "sha256")):
        with pytest.raises(TimeStampInvalid):
            query(NOTE, nonce, algorithm)
    asked = tsp.TimeStampReq.load(query(NOTE, NONCE).der)
    assert asked["cert_req"].native is True
    assert asked["nonce"].native == NONCE


def test_openssl_agrees(tmp_path):
    """``openssl ts -verify``, an outsider: right for the right bytes, wrong for the manipulated twin, as we say."""
    (tmp_path / "token.tst").write_bytes(_token())
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "other").write_bytes(NOTE + b"x")
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.root.public_bytes(Encoding.PEM))

    def outside(data):
        command = ["openssl", "ts", "-verify", "-token_in", "-in", "token.tst", "-data", data, "-CAfile", "ca.pem"]
        command += ["-attime", str(int(NOW.timestamp()))]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "Verification: OK" in outside("note").stdout, outside("note").stderr
    assert outside("other").returncode != 0
