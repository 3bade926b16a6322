"""A signature beside its file: whole to the last byte, by a pinned certificate; openssl says the same."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keys.cades import sign_detached, verify_detached
from keys.errors import KeyNotValid, SignatureInvalid
from keys.keyring import Purpose
from keys.minting import mint

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
KEY = mint(Purpose.EVIDENCE_SEALING, NOW)
DATA = b"<ASiCManifest/>"
SIGNED = sign_detached(KEY, DATA, NOW + timedelta(hours=1))


def test_a_signature_says_when_and_by_whom():
    """The moment is the signer's word, the certificate the pinned one, without an end."""
    found = verify_detached(SIGNED, DATA, [KEY.certificate])
    assert found.at == NOW + timedelta(hours=1)
    assert found.certificate == KEY.certificate
    assert found.certificate.not_valid_after_utc.year == 9999


def test_flipped_bytes_are_refused():
    """Every second byte, signed or not: nothing in it can be changed, so nothing hides in it."""
    for place in range(0, len(SIGNED), 2):
        changed = bytearray(SIGNED)
        changed[place] ^= 0x01
        with pytest.raises(SignatureInvalid):
            verify_detached(bytes(changed), DATA, [KEY.certificate])


@pytest.mark.parametrize(
    ("data", "anchors", "code"),
    [
        (DATA + b" ", [KEY.certificate], "cms-digest"),
        (DATA, [mint(Purpose.EVIDENCE_SEALING, NOW).certificate], "certificate-chain"),
        (DATA, [], "certificate-chain"),
    ],
)
def test_other_bytes_or_another_certificate_are_refused(data, anchors, code):
    """A signature is about these bytes, and by whom the verifier pinned."""
    with pytest.raises(SignatureInvalid) as refused:
        verify_detached(SIGNED, data, anchors)
    assert refused.value.code == code


def test_a_moment_before_the_certificate_and_another_purpose_are_refused():
    """No key of another purpose seals evidence, and none before its time."""
    early = sign_detached(KEY, DATA, NOW - timedelta(days=1))
    with pytest.raises(SignatureInvalid) as refused:
        verify_detached(early, DATA, [KEY.certificate])
    assert refused.value.code == "certificate-not-valid-then"
    with pytest.raises(KeyNotValid):
        sign_detached(mint(Purpose.RECEIPT_SIGNING, NOW), DATA, NOW)


def test_openssl_agrees(tmp_path):
    """``openssl cms -verify``, an outsider, takes it with the pinned certificate, and no other bytes."""
    (tmp_path / "s.p7s").write_bytes(SIGNED)
    (tmp_path / "c.pem").write_bytes(KEY.certificate.public_bytes(Encoding.PEM))
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-binary", "-in", "s.p7s", "-content", "data", "-CAfile"]
    command += ["c.pem", "-out", "out", "-attime", str(int(NOW.timestamp()) + 7200)]
    for data, taken in ((DATA, True), (DATA + b" ", False)):
        (tmp_path / "data").write_bytes(data)
        assert (subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0) is taken
