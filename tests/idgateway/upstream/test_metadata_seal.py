"""Signed metadata: read when a pinned signer signed exactly the root; whatever else is signed, or is not, is refused."""

import pytest
from lxml import etree

from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.saml.metadata.theirs import identity_provider
from tests.idgateway.upstream import idp

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = f"{{{idp.DS}}}"
SIGNERS = (idp.certificate("signer"), idp.certificate("next-signer"))


def signed(key: str = "signer", wish: idp.Wish = idp.GOOD, **attributes: str):
    """The honest provider's metadata, signed as federations sign them."""
    root = etree.fromstring(idp.metadata("honest", ID="_metadata-1", **attributes))
    idp.sign(root, wish, key=key)
    return etree.fromstring(etree.tostring(root))


def read(root, signers=SIGNERS):
    """What the gate reads of it."""
    return identity_provider(etree.tostring(root), "the metadata", signers)


def refused(root) -> str:
    """The detail of the refusal, which must be one for its signature."""
    with pytest.raises(UpstreamUnavailable) as told:
        read(root)
    assert told.value.code == "metadata-signature"
    return told.value.detail


@pytest.mark.parametrize("key", ["signer", "next-signer"])
@pytest.mark.parametrize("algorithm", [idp.PSS, idp.RSA_SHA256])
def test_a_pinned_signers_document_is_read(key, algorithm):
    """Two signers are live while theirs is renewed; PSS and PKCS #1 v1.5 both count."""
    peer = read(signed(key, idp.Wish(algorithm=algorithm)))
    assert (peer.entity_id, peer.sso_url) == (idp.ENTITY_ID, idp.SSO_URL)


def test_without_a_pinned_signer_nobody_looks_at_the_signature():
    """A signature that nobody asked for proves nothing and hinders nothing."""
    assert read(signed("stranger"), signers=()).entity_id == idp.ENTITY_ID


def test_an_unsigned_document_is_refused():
    """Where a signer is pinned, silence is no signature."""
    assert "not signed" in refused(etree.fromstring(idp.metadata("honest")))


def test_a_strangers_signature_is_refused():
    """Also with the stranger's certificate in it: only pinned keys are asked."""
    assert "no pinned key" in refused(signed("stranger"))


def change_key(root):
    value = root.find(f".//{MD}KeyDescriptor//{DS}X509Certificate")
    value.text = idp._der(idp.certificate("attacker"))


def wrap_role(root):
    """The signed entity moves into an extension of an unsigned one that carries its ID no more."""
    outer = etree.fromstring(idp.metadata("attacker"))
    extensions = etree.Element(MD + "Extensions")
    outer.insert(0, extensions)
    extensions.append(root)
    return outer


def move_signature(root):
    signature = root.find(DS + "Signature")
    root.find(MD + "IDPSSODescriptor").append(signature)


def second_signature(root):
    root.insert(0, etree.fromstring(etree.tostring(root.find(DS + "Signature"))))


def point_elsewhere(root):
    role = root.find(MD + "IDPSSODescriptor")
    role.set("ID", "_role-1")
    root.find(f".//{DS}Reference").set("URI", "#_role-1")


def double_id(root):
    root.find(MD + "IDPSSODescriptor").set("ID", root.get("ID"))


def xslt(root):
    transform = root.find(f".//{DS}Transform")
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def many_transforms(root):
    transforms = root.find(f".//{DS}Transforms")
    for _ in range(200):
        transforms.append(etree.fromstring(etree.tostring(transforms[1])))


def sha1_digest(root):
    root.find(f".//{DS}DigestMethod").set("Algorithm", idp.SHA1)


def hmac(root):
    root.find(f".//{DS}SignatureMethod").set("Algorithm", idp.DS + "hmac-sha1")


def an_object(root):
    etree.SubElement(root.find(DS + "Signature"), DS + "Object")


@pytest.mark.parametrize(
    "spoil",
    [
        change_key,
        wrap_role,
        move_signature,
        second_signature,
        point_elsewhere,
        double_id,
        xslt,
        many_transforms,
        sha1_digest,
        hmac,
        an_object,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_a_twisted_signature_is_refused(spoil):
    """The same document is read before it is twisted."""
    root = signed()
    assert read(signed()).entity_id == idp.ENTITY_ID
    assert refused(spoil(root) if spoil is wrap_role else spoil(root) or root)


def test_an_id_that_stands_twice_is_refused_even_when_it_was_signed_so():
    """Which of both the reference means would be a matter of luck; with an ID of its own the role is no trouble."""
    for role_id, fits in (("_role-1", True), ("_metadata-1", False)):
        root = etree.fromstring(idp.metadata("honest", ID="_metadata-1"))
        root.find(MD + "IDPSSODescriptor").set("ID", role_id)
        idp.sign(root, idp.GOOD, key="signer")
        if fits:
            assert read(root).entity_id == idp.ENTITY_ID
        else:
            assert "twice" in refused(root)


def test_a_weak_algorithm_by_the_pinned_key_itself_is_refused():
    """SHA-1 is refused even where the right key made it."""
    assert read(signed(wish=idp.Wish(algorithm=idp.RSA_SHA256)))
    assert refused(signed(wish=idp.Wish(algorithm=idp.RSA_SHA1)))
