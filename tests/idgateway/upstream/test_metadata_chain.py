"""Metadata that carry a whole chain of certificates: the account's own key counts, its authority's does not."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from idgateway.upstream.saml.metadata.theirs import identity_provider
from tests.idgateway.upstream import idp

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def issued(subject: str, issuer: str, key, signer) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    builder = x509.CertificateBuilder(names[1], names[0], key.public_key(), 1, BEGIN, BEGIN + timedelta(days=365))
    return builder.sign(signer, hashes.SHA256())


@pytest.mark.parametrize("authority_first", [True, False])
@pytest.mark.parametrize("self_signed", [True, False], ids=["root", "intermediate"])
def test_only_the_accounts_own_key_is_pinned(authority_first: bool, self_signed: bool):
    """Whoever holds an authority's key makes certificates, and no login here; whatever order the chain stands in."""
    own, above = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    leaf = issued("account", "authority", own, above)
    authority = issued("authority", "authority" if self_signed else "root", above, above)
    root = etree.fromstring(idp.metadata())
    first = next(root.iter(f"{{{idp.DS}}}X509Certificate"))
    second = etree.SubElement(first.getparent(), first.tag)
    for element, one in zip((first, second), (authority, leaf) if authority_first else (leaf, authority), strict=True):
        element.text = base64.b64encode(one.public_bytes(Encoding.DER)).decode()
    assert identity_provider(etree.tostring(root), "chain").certificates == (leaf,)


def test_two_keys_of_a_rollover_both_count():
    """The twin: two certificates of one name, neither of which issued the other."""
    found = identity_provider(idp.metadata("honest", "second"), "two").certificates
    assert found == (idp.certificate("honest"), idp.certificate("second"))
