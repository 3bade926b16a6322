"""What can go wrong in the vault. Errors carry a stable code and know nothing of HTTP.

KeysError
├── KeyMissing        no key for this purpose, or none of this id
├── KeyNotValid       there is a key, but not for this act or not at this time
├── CustodyRefused    the key store is not as it must be: file rights, shape, content
├── SignatureInvalid  the signature does not belong to these bytes and this key
├── SealBroken        something sealed was changed, cut, reordered, or belongs elsewhere
├── TokenInvalid      a token that must not be believed
├── CertificateRefused a certificate that leads to no pinned anchor, or did not count at that time
├── TimeStampInvalid  a time stamp that must not be believed
└── ProofInvalid      a proof of possession that proves nothing
"""


class KeysError(Exception):
    """Base of the vault's errors.

    ``code`` is stable and meant for tests and the help desk; ``detail`` goes to the log only and holds no secret.
    """

    code = "keys-error"

    def __init__(self, code: str = "", detail: str = "") -> None:
        """Keep the exact code (empty: the class's own) and the detail for the log."""
        self.code = code or type(self).code
        self.detail = detail
        super().__init__(f"{self.code}: {detail}" if detail else self.code)


class KeyMissing(KeysError):
    """No key for this purpose, or none of this id."""

    code = "key-missing"


class KeyNotValid(KeysError):
    """A key that may not do this, or not at this time."""

    code = "key-not-valid"


class CustodyRefused(KeysError):
    """The key store is not as it must be; the detail names cause and cure."""

    code = "custody-refused"


class SignatureInvalid(KeysError):
    """The signature does not belong to these bytes and this key."""

    code = "signature-invalid"


class SealBroken(KeysError):
    """Something sealed does not open: changed, cut, reordered, or sealed for another place."""

    code = "seal-broken"


class TokenInvalid(KeysError):
    """A token that must not be believed; ``code`` names the check that refused it."""

    code = "token-invalid"


class ProofInvalid(KeysError):
    """A proof of possession that proves nothing; ``detail`` may be told to whoever brought it."""

    code = "proof-invalid"


class CertificateRefused(KeysError):
    """A certificate that leads to no pinned anchor, was revoked, or was not valid at that time."""

    code = "certificate-refused"


class TimeStampInvalid(KeysError):
    """A time stamp that must not be believed; ``code`` names the check that refused it."""

    code = "timestamp-invalid"
