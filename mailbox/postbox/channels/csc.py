"""The Cloud Signature Consortium's API v2 (2.0.0.2), as far as a seal needs it: a hash goes, a signature comes back.

Service authorisation is OAuth 2.0 client credentials (8.4), credential authorisation the SAD bound to this one hash
(``credentials/authorize``, 11.6). Whatever comes back is only data: ``seals.credential`` judges it.
"""

import base64
import binascii
import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cryptography import x509

from postbox.channels import outside
from postbox.errors import ChannelDown, SealRefused, SetupWrong
from postbox.seals.credential import SHA256, Credential, check_signature, malformed, read_credential
from postbox.settings import RemoteSeal

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_OK, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _BROKEN = 200, 401, 403, 429, 500
_LOOK_AGAIN: Final = 600  # seconds: a renewed certificate is noticed without a restart
_EARLY: Final = 30  # seconds before its end a token is not used any more
_ERROR: Final = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class _Kept:
    """Something fetched, and until when it may be used (monotonic seconds)."""

    value: Any = None
    until: float = 0.0


@dataclass(kw_only=True)
class SigningService:
    """One authority's credential at its service.

    Threads share it: what one of them fetched all use for a while, and two that fetch at once do no harm.
    """

    seal: RemoteSeal
    anchors: tuple[x509.Certificate, ...]
    secret: str = field(repr=False)
    pin: str = field(default="", repr=False)
    _token: _Kept = field(default_factory=_Kept, repr=False)
    _answer: _Kept = field(default_factory=_Kept, repr=False)

    @classmethod
    def of(cls, seal: RemoteSeal) -> "SigningService":
        """Read the secrets and the pinned certificates. Raises SetupWrong."""
        anchors = tuple(one for path in seal.certificates for one in _pinned(path))
        if not anchors:
            raise SetupWrong(f"The remote seal of {seal.authority} pins no certificate.")
        pin = _secret(seal.pin_file) if seal.pin_file else ""
        return cls(seal=seal, anchors=anchors, secret=_secret(seal.client_secret_file), pin=pin)

    def credential(self, now: datetime) -> Credential:
        """What the service says of the credential, judged at ``now``. Raises SealRefused, ChannelDown."""
        kept = self._answer
        if time.monotonic() >= kept.until:
            asked = {"credentialID": self.seal.credential_id, "certificates": "chain", "authInfo": True}
            kept = _Kept(self._call("credentials/info", asked, self._ends()), time.monotonic() + _LOOK_AGAIN)
        credential = read_credential(kept.value, self.anchors, now)
        self._answer = kept
        return credential

    def sign(self, credential: Credential, data: bytes) -> bytes:
        """Its verified signature over ``data``; only the digest leaves. Raises SealRefused, ChannelDown."""
        try:
            return self._signed(credential, data)
        except SealRefused:
            self._answer = _Kept()  # the credential may have got another key: the next attempt looks at it first
            raise

    def _signed(self, credential: Credential, data: bytes) -> bytes:
        ends, digest = self._ends(), base64.b64encode(hashlib.sha256(data).digest()).decode()
        hashed = {"credentialID": self.seal.credential_id, "hashes": [digest], "hashAlgorithmOID": SHA256}
        sad = self._authorized(credential, hashed, ends)
        wanted = {**hashed, "SAD": sad, "signAlgo": credential.sign_algo, **_parameters(credential)}
        signature = _only_signature(self._call("signatures/signHash", wanted, ends))
        check_signature(credential, data, signature)
        return signature

    def _authorized(self, credential: Credential, hashed: Mapping[str, Any], ends: float) -> str:
        """11.6: the signature activation data for exactly this hash."""
        if credential.passwords and not self.pin:
            sentence = "The credential at the signing service wants a password: name its file as pin_file."
            raise SealRefused(sentence, code="remote-seal-password")
        given = [{"id": one, "value": self.pin} for one in credential.passwords]
        asked = {**hashed, "numSignatures": 1, **({"authData": given} if given else {})}
        sad = self._call("credentials/authorize", asked, ends).get("SAD")
        if not isinstance(sad, str) or not sad:
            raise malformed("SAD")
        return sad

    def _call(self, method: str, body: Mapping[str, Any], ends: float) -> Mapping[str, Any]:
        """One method of the API; a token that is no longer taken is replaced once."""
        reply = self._asked(method, body, ends)
        if reply.status == _UNAUTHORIZED:
            self._token = _Kept()
            reply = self._asked(method, body, ends)
        return _read(reply, method)

    def _asked(self, method: str, body: Mapping[str, Any], ends: float) -> outside.Reply:
        kept = self._token
        if time.monotonic() >= kept.until:
            self._token = kept = self._fresh_token(ends)
        bearer = {"Authorization": f"Bearer {kept.value}"}
        return _post(f"{self.seal.url}/{method}", json.dumps(body).encode(), _JSON, ends, bearer)

    def _fresh_token(self, ends: float) -> _Kept:
        """8.4.4, RFC 6749 4.4. The secret goes to no address but the operator's, or one at the service itself."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.seal.client_id,
            "client_secret": self.secret,
            "scope": "service",
        }
        address = self.seal.token_url or self._told_address(ends)
        answer = _read(_post(address, urlencode(form).encode(), _FORM, ends), "oauth2/token")
        token, lasts = answer.get("access_token"), answer.get("expires_in", 3600)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or type(lasts) is not int:
            raise malformed("access_token")
        return _Kept(token, time.monotonic() + lasts - _EARLY)

    def _told_address(self, ends: float) -> str:
        """11.1: ``info`` names the base of the authorisation server."""
        told = _read(_post(f"{self.seal.url}/info", b"{}", _JSON, ends), "info")
        base, methods = str(told.get("oauth2") or ""), told.get("methods")
        if not str(told.get("specs", "")).startswith("2.") or not isinstance(methods, list):
            raise SealRefused("The signing service speaks no CSC API v2.", code="remote-seal-version")
        if "signatures/signHash" not in methods:
            raise SealRefused("The signing service signs no hashes.", code="remote-seal-version")
        if urlsplit(base)[:2] != urlsplit(self.seal.url)[:2]:
            sentence = "The signing service names an authorisation server elsewhere: if it is right, write token_url."
            raise SealRefused(sentence, code="remote-seal-token-elsewhere")
        return f"{base.rstrip('/')}/oauth2/token"

    def _ends(self) -> float:
        return time.monotonic() + self.seal.seconds


def _post(url: str, body: bytes, kind: str, ends: float, headers: Mapping[str, str] | None = None) -> outside.Reply:
    left = max(ends - time.monotonic(), 0.001)  # when the time is over, no answer can come in time
    try:
        return outside.post(url, body, kind=kind, within=left, headers=headers or {})
    except ChannelDown as error:
        raise ChannelDown(
            f"The signing service does not answer in time. {error.detail}", code="remote-seal-down"
        ) from None


def _read(reply: outside.Reply, method: str) -> Mapping[str, Any]:
    """10: errors are objects with ``error``; only its code is repeated."""
    if reply.status >= _BROKEN or reply.status == _TOO_MANY:
        raise ChannelDown(f"The signing service answered {method} with {reply.status}.", code="remote-seal-down")
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        answer = None
    if reply.status != _OK:
        told = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        known = told if _ERROR.fullmatch(told) else "no code"
        denied = reply.status in (_UNAUTHORIZED, _FORBIDDEN) or known == "invalid_client"
        code = "remote-seal-unauthorised" if denied else "remote-seal-refused"
        raise SealRefused(f"The signing service refused {method}: {reply.status}, {known}.", code=code)
    if not isinstance(answer, dict):
        raise malformed(method)
    return answer


def _parameters(credential: Credential) -> dict[str, str]:
    """RSASSA-PSS has parameters; of the others the identifier says all."""
    if credential.algorithm.signature_algo != "rsassa_pss":
        return {}
    return {"signAlgoParams": base64.b64encode(credential.algorithm["parameters"].dump()).decode()}


def _only_signature(answer: Mapping[str, Any]) -> bytes:
    found = answer.get("signatures")
    if not isinstance(found, list) or len(found) != 1:
        raise malformed("signature")
    try:
        return base64.b64decode(found[0], validate=True)
    except (ValueError, TypeError, binascii.Error):
        raise malformed("signature") from None


def _pinned(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise SetupWrong(f"{path} holds no certificates in PEM.") from None


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SetupWrong(f"{path} cannot be read: it shall hold a secret of the signing service.") from None
