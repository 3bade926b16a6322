"""The gate with an honest identity provider, as the login's tests have it; and the table at the end of a run."""

import pytest

from tests.idgateway.conformance.table import lines
from tests.idgateway.login.conftest import client_keys, keyring, postbox_keyring, world  # noqa: F401 - fixtures

_WORST = ("failed", "error", "skipped", "passed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print module → result → test; a module is as good as its worst case."""
    outcomes: dict[str, str] = {}
    for outcome in reversed(_WORST):
        for report in terminalreporter.stats.get(outcome, []):
            outcomes[report.nodeid.rpartition("::")[2].partition("[")[0]] = outcome
    terminalreporter.section("conformance modules")
    for line in lines(outcomes):
        terminalreporter.line(line)
