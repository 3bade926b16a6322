"""Identity providers' metadata for the inspection's tests."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa

from idgateway.simulator.metadata import idp_metadata
from keys.certificates import self_signed


def metadata(base_url: str, name: str, *, ends: datetime) -> bytes:
    """Metadata of an identity provider with a fresh certificate of this name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    begins = datetime.now(UTC) - timedelta(days=900)
    certificate = self_signed(key, common_name=name, not_before=begins, not_after=ends)
    return idp_metadata(base_url, f"{base_url}/idp", certificate)
