"""How a sound answer is built: which part is signed how, how it is encrypted, from when, and how the person came.

BundID's papers leave the choice open (interface description 5.4), so a service has to take each of them. What a sound
service refuses (CBC, RSA PKCS#1 v1.5 transport, SHA-1) is no manner but an entry of the ``catalogue``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.names import (
    AES128_GCM,
    AES192_GCM,
    AES256_GCM,
    MGF1_SHA1,
    MGF1_SHA256,
    RSA_OAEP_11,
    RSA_OAEP_MGF1P,
    RSA_PSS_SHA256,
    RSA_SHA256,
    SHA1,
    SHA256,
    Step,
)

SIGNED = ("both", "response", "assertion")
SIGNATURES = {"rsa-pss": RSA_PSS_SHA256, "rsa-sha256": RSA_SHA256}
CIPHERS = {"aes256-gcm": (AES256_GCM, 256), "aes192-gcm": (AES192_GCM, 192), "aes128-gcm": (AES128_GCM, 128)}


@dataclass(frozen=True, kw_only=True)
class Transport:
    """RSA-OAEP as XML Encryption 1.1 (5.5.2) writes it; ``mgf`` is None where the algorithm itself says SHA-1."""

    algorithm: str
    digest: str
    mgf: str | None = None


TRANSPORTS = {
    "mgf1p-sha1": Transport(algorithm=RSA_OAEP_MGF1P, digest=SHA1),
    "mgf1p-sha256": Transport(algorithm=RSA_OAEP_MGF1P, digest=SHA256),
    "oaep-sha1-mgf1-sha1": Transport(algorithm=RSA_OAEP_11, digest=SHA1, mgf=MGF1_SHA1),
    "oaep-sha1-mgf1-sha256": Transport(algorithm=RSA_OAEP_11, digest=SHA1, mgf=MGF1_SHA256),
    "oaep-sha256-mgf1-sha1": Transport(algorithm=RSA_OAEP_11, digest=SHA256, mgf=MGF1_SHA1),
    "oaep-sha256-mgf1-sha256": Transport(algorithm=RSA_OAEP_11, digest=SHA256, mgf=MGF1_SHA256),
}
# The members of the Union and of the European Economic Area, ISO 3166-1 alpha-2 (eIDAS nodes write EL for Greece).
COUNTRIES = (
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DK",
    "EE",
    "EL",
    "ES",
    "FI",
    "FR",
    "HR",
    "HU",
    "IE",
    "IS",
    "IT",
    "LI",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
)
EIDAS_LEVELS = {"low": Step.LOW, "substantial": Step.SUBSTANTIAL, "high": Step.HIGH}
MOST_OFFSET = 10 * 366 * 24 * 3600  # seconds


@dataclass(frozen=True, kw_only=True)
class Manner:
    """The switches; an empty one leaves it to the person. ``clock_offset`` moves this one answer, in seconds."""

    signed: str = "both"
    signature: str = "rsa-pss"
    encryption: str = "aes256-gcm"
    transport: str = "mgf1p-sha1"
    country: str = ""  # of an eIDAS login
    eidas_level: str = ""  # of an eIDAS login
    mfa: str = ""
    clock_offset: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError, naming the switch and what it may be."""
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is one of {', '.join(choice or '(empty)' for choice in choices)}")
        if abs(self.clock_offset) > MOST_OFFSET:
            raise ValueError(f"clock_offset is at most {MOST_OFFSET} seconds")


CHOICES: dict[str, tuple[str, ...]] = {
    "signed": SIGNED,
    "signature": tuple(SIGNATURES),
    "encryption": tuple(CIPHERS),
    "transport": tuple(TRANSPORTS),
    "country": ("", *COUNTRIES),
    "eidas_level": ("", *EIDAS_LEVELS),
    "mfa": ("", "true", "false"),
}
SWITCHES = tuple(field.name for field in fields(Manner))


def wished_manner(default: Manner, wishes: Mapping[str, str]) -> Manner:
    """The default with the wished switches changed. Raises RequestRefused ``sim-manner-unknown``."""
    changes: dict[str, str | int] = {name: value for name, value in wishes.items() if name in SWITCHES}
    try:
        if "clock_offset" in wishes:
            changes["clock_offset"] = _seconds(wishes["clock_offset"])
        return replace(default, **changes)  # type: ignore[arg-type]   # judged in __post_init__
    except ValueError as error:
        raise RequestRefused("sim-manner-unknown", str(error)) from error


def _seconds(wish: str) -> int:
    try:
        return int(wish or 0)
    except ValueError:
        raise ValueError("clock_offset is a whole number of seconds") from None
