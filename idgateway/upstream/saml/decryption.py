"""Opening an encrypted assertion: the vault unwraps the content key, AES-GCM opens the content.

Every active key is tried, and whatever goes wrong has one error, so that nobody learns which step failed.
Sources: XML Encryption 1.1 section 5.2 (AES-GCM), 5.5 (RSA-OAEP); BundID interface description 5.4.
"""

import base64
import binascii
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idgateway.errors import AnswerRefused
from idgateway.upstream.saml import names
from idgateway.upstream.saml.grammar import MGF
from idgateway.upstream.saml.names import ds, xenc
from keys.errors import KeysError
from keys.keyring import Keyring, Purpose
from keys.signing import unwrap_rsa_oaep

_NONCE = 12
_TAG = 16


def decrypt(encrypted_assertion: Any, keyring: Keyring, at: datetime) -> bytes:
    """Check 7: decrypt ``saml:EncryptedAssertion`` and return the assertion's XML; the tree stays untouched.

    Raises AnswerRefused ``answer-algorithm`` for anything but OAEP and GCM, and ``decryption`` for everything else.
    """
    data = encrypted_assertion.find(xenc("EncryptedData"))
    wrapped = _encrypted_key(encrypted_assertion, data)
    length = names.CONTENT_CIPHERS.get(_method(data).get("Algorithm"))
    if length is None:
        raise AnswerRefused("content cipher", code="answer-algorithm")
    digest, mgf_digest = _oaep(_method(wrapped))
    if data.get("Type") != names.ENCRYPTED_ELEMENT:
        raise _refused()
    content = _cipher_value(data)
    for content_key in _unwrapped(_cipher_value(wrapped), keyring, at, digest, mgf_digest):
        opened = _open(content_key, content, length)
        if opened is not None:
            return opened
    raise _refused()


def _refused() -> AnswerRefused:
    return AnswerRefused("the assertion did not open", code="decryption")


def _method(element: Any) -> Any:
    method = element.find(xenc("EncryptionMethod"))
    if method is None:
        raise AnswerRefused("no encryption method", code="answer-algorithm")
    return method


def _encrypted_key(encrypted_assertion: Any, data: Any) -> Any:
    """The one wrapped key: inside the data's KeyInfo, or beside the data and named by a RetrievalMethod (SAML E43)."""
    found = encrypted_assertion.findall(f".//{xenc('EncryptedKey')}")
    if len(found) != 1:
        raise _refused()
    retrieval = data.find(f"{ds('KeyInfo')}/{ds('RetrievalMethod')}")
    if retrieval is not None and retrieval.get("URI") != f"#{found[0].get('Id')}":
        raise _refused()
    return found[0]


def _oaep(method: Any) -> tuple[str, str]:
    """Digest and mask generation digest of RSA-OAEP; both default to SHA-1 (XML Encryption 1.1, 5.5.2)."""
    algorithm, digest, mgf = method.get("Algorithm"), method.find(ds("DigestMethod")), method.find(MGF)
    digest_uri = names.DSIG + "sha1" if digest is None else digest.get("Algorithm")
    mgf_uri = names.XENC11 + "mgf1sha1" if mgf is None else mgf.get("Algorithm")
    known = algorithm == names.OAEP_11 or (algorithm == names.OAEP_MGF1P and mgf is None)
    if not known or digest_uri not in names.OAEP_DIGESTS or mgf_uri not in names.OAEP_MGFS:
        raise AnswerRefused("key transport", code="answer-algorithm")
    return names.OAEP_DIGESTS[digest_uri], names.OAEP_MGFS[mgf_uri]


def _cipher_value(element: Any) -> bytes:
    text = element.findtext(f"{xenc('CipherData')}/{xenc('CipherValue')}") or ""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None


def _unwrapped(ciphertext: bytes, keyring: Keyring, at: datetime, digest: str, mgf_digest: str) -> list[bytes]:
    found = []
    for key in keyring.usable(Purpose.SAML_ENCRYPTION, at):
        try:
            found.append(unwrap_rsa_oaep(key, ciphertext, digest=digest, mgf_digest=mgf_digest))
        except KeysError:  # another key's, or broken: the next one, then the uniform error
            continue
    return found


def _open(content_key: bytes, content: bytes, length: int) -> bytes | None:
    # XML Encryption 1.1, 5.2.4: 96 bits of nonce, ciphertext, 128 bits of tag.
    if len(content_key) != length or len(content) < _NONCE + _TAG:
        return None
    try:
        return AESGCM(content_key).decrypt(content[:_NONCE], content[_NONCE:], None)
    except InvalidTag:
        return None
