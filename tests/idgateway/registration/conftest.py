"""The gate with an honest identity provider, and an application that was invited."""

import pytest

from tests.idgateway.login.conftest import client_keys, keyring, postbox_keyring, world  # noqa: F401 - fixtures
from tests.idgateway.login.world import World
from tests.idgateway.registration.applicant import Applicant


@pytest.fixture
def applicant(world: World) -> Applicant:  # noqa: F811 - the fixture
    """Invited once."""
    return Applicant(world)
