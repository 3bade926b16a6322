"""The signature on an identity provider's metadata: the peer's, by a key pinned in our configuration.

The same discipline as for answers: structure, transforms and algorithms are judged against an allow-list before any
XML security call; only a pinned key counts; what is read afterwards is the very element that was signed.
Sources: SAML Metadata 3.1; attack catalogue SEM33 and C1.
"""

from typing import Any

from cryptography import x509

from idgateway.errors import AnswerRefused, UpstreamUnavailable
from idgateway.upstream.saml.metadata.certificates import pinned_key
from idgateway.upstream.saml.names import ds
from idgateway.upstream.saml.shape import check_signature_alone
from idgateway.upstream.saml.signature import check_signature

_IDENTIFIERS = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")


def check_seal(root: Any, signers: tuple[x509.Certificate, ...]) -> Any:
    """The root as it was signed, without its signature. ``root`` is used up.

    Raises UpstreamUnavailable ``metadata-signature``: there is none, it has another shape, it stands elsewhere or
    covers something else, or no signer's key made it.
    """
    signatures = list(root.iter(ds("Signature")))
    if not signatures:
        raise _refused("the metadata are not signed")
    if len(signatures) > 1 or signatures[0].getparent() is not root:
        raise _refused("a signature stands elsewhere than at the root")
    _check_unique(root)
    try:
        check_signature_alone(signatures[0])
        verified = check_signature(root, tuple(pinned_key(signer) for signer in signers), of="metadata")
    except AnswerRefused as refused:
        raise _refused(refused.detail) from None
    if verified is None:
        raise _refused("the metadata are not signed")
    return verified.root


def _check_unique(root: Any) -> None:
    found = [value for element in root.iter() for name in _IDENTIFIERS if (value := element.get(name)) is not None]
    if len(found) != len(set(found)):
        raise _refused("an ID stands twice")


def _refused(detail: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(detail, code="metadata-signature")
