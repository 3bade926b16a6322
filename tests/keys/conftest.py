"""Keys for the vault's tests: minted once per run, because RSA keys take their time."""

from datetime import UTC, datetime

import pytest

from keys.keyring import Keyring, Purpose
from keys.minting import mint

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    """The moment at which the tests' keys begin."""
    return NOW


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """One key of every purpose, valid from ``now``."""
    return Keyring(mint(purpose, NOW) for purpose in Purpose)
