"""The gate with an honest identity provider, as the login's tests have it."""

from tests.idgateway.login.conftest import client_keys, keyring, postbox_keyring, world  # noqa: F401 - fixtures
