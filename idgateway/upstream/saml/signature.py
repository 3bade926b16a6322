"""Enveloped XML signatures: made by the vault, verified by xmlsec with pinned keys, and read only where they cover.

No private key comes here: a request is canonicalised with lxml and its bytes are signed by the vault. A verified
element comes back as the root of a tree that holds nothing else, its signature taken out, and whose canonical bytes we
compared with the signed digest ourselves: what is read is what was signed (XML Signature Best Practices, 8).
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

import xmlsec
from lxml import etree

from idgateway.errors import AnswerRefused, GateError
from idgateway.upstream.saml import names
from idgateway.upstream.saml.grammar import INCLUSIVE
from idgateway.upstream.saml.names import ds
from keys.keyring import Key
from keys.signing import sign

REQUEST_ALGORITHMS: Final = {"rsa-sha256": (names.RSA_SHA256, "RS256"), "rsa-pss": (names.RSA_PSS_SHA256, "PS256")}
_TRANSFORMS = (
    xmlsec.constants.TransformEnveloped,
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformSha256,
    xmlsec.constants.TransformSha384,
    xmlsec.constants.TransformSha512,
)


_OLDEST_XMLSEC = (1, 3)  # before it, RSA-PSS does not verify


def check_libraries() -> None:
    """Refuse to start where lxml and xmlsec do not share one libxml2, or libxmlsec is too old. Raises GateError."""
    shared = xmlsec.get_libxml_version() == etree.LIBXML_VERSION
    if not shared or xmlsec.get_libxmlsec_version() < _OLDEST_XMLSEC:  # type: ignore[attr-defined] # stubs forgot it
        raise GateError("lxml and xmlsec must be the pinned pair (see requirements)", code="libraries")


@dataclass(frozen=True, kw_only=True)
class Verified:
    """An element that a pinned key signed: the root of its tree, without its signature."""

    root: Any


def canonical(element: Any, prefixes: tuple[str, ...] = ()) -> bytes:
    """Exclusive canonicalisation without comments (Exclusive XML Canonicalization 1.0)."""
    written: bytes = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None
    )
    return written


def sign_enveloped(root: Any, after: Any, key: Key, algorithm: str) -> None:
    """Sign ``root`` (it has an ID) and put the signature right behind its child ``after``.

    ``algorithm`` is ``rsa-sha256`` or ``rsa-pss``. The digest is taken before the signature is inserted, which is what
    the enveloped-signature transform undoes (XML Signature 6.6.4). Raises keys.errors.KeyNotValid.
    """
    uri, vault_algorithm = REQUEST_ALGORITHMS[algorithm]
    digest = base64.b64encode(hashlib.sha256(canonical(root)).digest()).decode()
    signature = etree.Element(ds("Signature"), nsmap={"ds": names.DSIG})
    info = _signed_info(signature, uri, "#" + root.get("ID"), digest)
    after.addnext(signature)
    value = sign(key, canonical(info), vault_algorithm)
    etree.SubElement(signature, ds("SignatureValue")).text = base64.b64encode(value).decode()


def _signed_info(signature: Any, algorithm: str, uri: str, digest: str) -> Any:
    info = etree.SubElement(signature, ds("SignedInfo"))
    etree.SubElement(info, ds("CanonicalizationMethod"), Algorithm=names.EXC_C14N)
    etree.SubElement(info, ds("SignatureMethod"), Algorithm=algorithm)
    reference = etree.SubElement(info, ds("Reference"), URI=uri)
    transforms = etree.SubElement(reference, ds("Transforms"))
    for transform in (names.ENVELOPED, names.EXC_C14N):
        etree.SubElement(transforms, ds("Transform"), Algorithm=transform)
    etree.SubElement(reference, ds("DigestMethod"), Algorithm=names.SHA256)
    etree.SubElement(reference, ds("DigestValue")).text = digest
    return info


def check_signature(root: Any, pinned: tuple[Any, ...], *, of: str) -> Verified | None:
    """Verify the root's own signature, if it has one, with any of the pinned keys.

    ``root`` passed ``shape`` and is untouched; afterwards it is used up. Returns None where there is no signature.
    Raises AnswerRefused ``<of>-signature`` where there is one and it is not a pinned key's over exactly this element.
    """
    signature = root.find(ds("Signature"))
    if signature is None:
        return None
    if not any(_verifies(root, signature, key) for key in pinned):
        raise AnswerRefused("no pinned key made this signature", code=f"{of}-signature")
    return _covered(root, signature, of=of)


def _verifies(root: Any, signature: Any, key: Any) -> bool:
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = key  # with a key set, KeyInfo is never consulted
    for transform in _TRANSFORMS:
        context.enable_reference_transform(transform)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _covered(root: Any, signature: Any, *, of: str) -> Verified:
    """The tree without the signature, after comparing its canonical bytes with the signed digest."""
    reference = signature.find(f"{ds('SignedInfo')}/{ds('Reference')}")
    inclusive = reference.find(f".//{INCLUSIVE}")
    prefixes = tuple(inclusive.get("PrefixList", "").split()) if inclusive is not None else ()
    _take_out(root, signature)  # after libxmlsec has seen the whole
    data = canonical(root, prefixes)
    algorithm = names.DIGESTS[reference.find(ds("DigestMethod")).get("Algorithm")]
    signed = base64.b64decode(reference.find(ds("DigestValue")).text)
    if not hmac.compare_digest(hashlib.new(algorithm, data).digest(), signed):
        raise AnswerRefused("the digest covers other bytes than were read", code=f"{of}-signature")
    return Verified(root=root)


def _take_out(parent: Any, child: Any) -> None:
    """Remove a child but keep the text behind it, as the enveloped-signature transform does."""
    tail, before = child.tail, child.getprevious()
    parent.remove(child)
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
