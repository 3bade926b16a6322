"""A chain is found where there is one, and no set of certificates makes the search long."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keys.chains import chain_to_anchor
from keys.errors import CertificateRefused

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("root", "bridge", "other", "middle", "end")}


def _issue(subject: str, issuer: str) -> x509.Certificate:
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
            "crl_sign",
        ),
        False,
    )
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        KEYS[subject].public_key(),
        x509.random_serial_number(),
        NOW - timedelta(days=1),
        NOW + timedelta(days=1),
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=subject != "end", path_length=None), critical=True)
    builder = builder.add_extension(x509.KeyUsage(**usage, key_cert_sign=subject != "end"), critical=True)
    return builder.sign(KEYS[issuer], hashes.SHA256())


ROOT, END = _issue("root", "root"), _issue("end", "middle")


def _code(others, anchors=(ROOT,), certificate=END) -> str:
    with pytest.raises(CertificateRefused) as refused:
        chain_to_anchor(certificate, others, anchors, NOW)
    return refused.value.code


def test_a_cross_signed_authority_leads_to_the_anchor():
    """The same authority signed by itself, by a stranger, and by the anchor: the dead ends hide no chain."""
    dead = [_issue("middle", "middle"), _issue("middle", "other"), _issue("other", "other")]
    bridge, middle = _issue("bridge", "root"), _issue("middle", "bridge")
    assert chain_to_anchor(END, [END, *dead, bridge, middle], (ROOT,), NOW) == (END, middle, bridge, ROOT)
    assert _code([END, *dead, bridge]) == "certificate-chain"


def test_certificates_that_all_issue_each_other_end_the_search_early():
    """One name and key in many certificates is one authority: each is tried once, so the count is never reached."""
    assert _code([_issue("middle", "middle") for _ in range(16)]) == "certificate-chain"


def test_more_certificates_than_a_chain_needs_are_refused():
    """Sixteen may come along, one more is refused before any is looked at."""
    middle = _issue("middle", "root")
    assert chain_to_anchor(END, [END] * 15 + [middle], (ROOT,), NOW) == (END, middle, ROOT)
    assert _code([END] * 16 + [middle]) == "certificate-too-many"


def test_authorities_that_certify_each_other_have_a_hard_end():
    """Three authorities, each certified by the others several times: the number of signatures that are checked is fixed."""
    names = ("middle", "other", "bridge")
    web = [_issue(one, other) for one in names for other in names if one != other for _ in range(2)]
    assert _code([*web, *(_issue("middle", "other") for _ in range(4))]) == "certificate-too-many"
