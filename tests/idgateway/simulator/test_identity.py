"""The stand-in's own keys and metadata."""

import stat

from cryptography import x509
from cryptography.x509.oid import NameOID
from lxml import etree

from idgateway.simulator.identity import load, prepare
from tests.idgateway.simulator.conftest import BASE
from tests.idgateway.simulator.sp import NS


def test_preparing_twice_changes_nothing(tmp_path):
    """Keys, certificate and secret stay; a second call, or a second process, finds them."""
    prepare(tmp_path / "idp", BASE)
    before = {path.name: path.read_bytes() for path in (tmp_path / "idp").iterdir()}
    prepare(tmp_path / "idp", BASE)
    assert {path.name: path.read_bytes() for path in (tmp_path / "idp").iterdir()} == before


def test_another_address_keeps_the_key_and_renews_the_metadata(tmp_path):
    """Moving the ports moves the entityID, not the key."""
    path = prepare(tmp_path / "idp", BASE)
    certificate = load(tmp_path / "idp", BASE).certificate
    prepare(tmp_path / "idp", "http://127.0.0.1:9001")
    assert etree.parse(path).getroot().get("entityID") == "http://127.0.0.1:9001/idp"
    assert load(tmp_path / "idp", "http://127.0.0.1:9001").certificate == certificate


def test_files_are_for_their_owner_only(tmp_path):
    """0600 for files, 0700 for the folder."""
    prepare(tmp_path / "idp", BASE)
    assert stat.S_IMODE((tmp_path / "idp").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "idp").iterdir()} == {0o600}


def test_the_certificate_says_what_it_is(walk):
    """Nobody can take the key for BundID's: RSA-3072, and Simulator in its name."""
    certificate = load(walk.directory, BASE).certificate
    assert "Simulator" in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert certificate.public_key().key_size == 3072
    assert certificate.verify_directly_issued_by(certificate) is None
    assert isinstance(certificate, x509.Certificate)


def test_metadata_stand_at_the_entity_id(walk):
    """``/idp`` serves an EntityDescriptor whose entityID is that very address; it never expires by itself."""
    page = walk.client.get("/idp")
    root = etree.fromstring(page.data)
    assert page.mimetype == "application/samlmetadata+xml"
    assert root.get("entityID") == BASE + "/idp"
    assert root.get("validUntil") is None
    role = root.find("md:IDPSSODescriptor", NS)
    assert role.get("WantAuthnRequestsSigned") == "true"
    assert role.find("md:SingleSignOnService", NS).get("Location") == BASE + "/idp/profile/SAML2/POST/SSO"


def test_secrets_do_not_show(walk):
    """A printed identity holds no secret."""
    identity = load(walk.directory, BASE)
    assert identity.pairwise_secret.hex() not in repr(identity)
    assert "pairwise_secret" not in repr(identity)
    assert "key=" not in repr(identity)
