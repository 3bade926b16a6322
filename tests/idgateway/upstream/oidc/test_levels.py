"""Where a citizen's level comes from, and which settings stop the start."""

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached, NotConfigured, UnknownLevel
from tests.idgateway.upstream.oidc.conftest import ERIKA, LEVELS


@pytest.mark.parametrize("acr", [*LEVELS, "urn:other", "", None, 3, ["urn:card"], "urn:card urn:card"], ids=str)
@pytest.mark.parametrize("asked", list(Level))
def test_level_matrix(provider, log_in, acr, asked):
    """Every level asked against every acr delivered: listed and sufficient logs in, all else never does."""
    reached = {"urn:card": Level.HIGH, "urn:password": Level.BASIC, "urn:app": Level.SUBSTANTIAL}
    provider.claims = {**ERIKA, "acr": acr}
    level = reached.get(acr) if isinstance(acr, str) else None
    if level is not None and level >= asked:
        assert log_in(asked=asked).level is level
    elif isinstance(acr, str) and acr:
        with pytest.raises(LevelNotReached) as refused:
            log_in(asked=asked)
        assert refused.value.code == "level-not-reached"
    else:
        with pytest.raises(AnswerRefused) as refused:
            log_in(asked=asked)
        assert refused.value.code == "acr"


def test_a_vouched_level_reads_no_acr(provider, log_in):
    """Where the operator vouches, the acr neither raises nor lowers; more than vouched is never begun."""
    for acr in ("urn:card", "urn:password", None):
        provider.claims = {**ERIKA, "acr": acr}
        assert log_in(asked=Level.LOW, levels={}, level="low").level is Level.LOW
    with pytest.raises(LevelNotReached):
        log_in(asked=Level.HIGH, levels={}, level="low")


@pytest.mark.parametrize(
    "broken",
    [
        {"levels": {}},
        {"level": "high"},
        {"levels": {"urn:card": "hoch"}},
        {"id_token_algorithm": ""},
        {"id_token_algorithm": "HS256"},
        {"id_token_algorithm": "none"},
        {"par": "maybe"},
        {"assertion_audience": "anyone"},
        {"claims": {"vorname": "roles"}},
        {"claims": {"vorname": "postbox_handle"}},
        {"frameworks": {"eidas high": "STORK-QAA-Level-4"}},
    ],
    ids=str,
)
def test_settings_that_stop_the_start(upstream_of, broken):
    """No source of levels or two, an unknown word, an attribute no claim may feed: the gate does not start."""
    assert upstream_of()
    with pytest.raises((NotConfigured, UnknownLevel)):
        upstream_of(**broken)


def test_secret_file_must_hold_a_secret(upstream_of, tmp_path):
    """A missing or empty file is no secret."""
    path = tmp_path / "secret"
    for content in (None, " \n"):
        if content:
            path.write_text(content)
        with pytest.raises(NotConfigured):
            upstream_of(client_secret_file=path)
    path.write_text("x")
    assert upstream_of(client_secret_file=path)
