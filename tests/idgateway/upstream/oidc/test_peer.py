"""What is known of a provider is kept: fetched by one, used by all, and not lost while the provider is away."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from idgateway.errors import AnswerRefused, UpstreamUnavailable
from idgateway.kept import KEPT_FOR, Kept
from tests.idgateway.upstream import op
from tests.idgateway.upstream.conftest import NOW

DISCOVERY = "/.well-known/openid-configuration"


def test_a_provider_that_is_down_holds_nobody_up_twice(provider, upstream_of, ask):
    """Without any copy a failure counts for five seconds; then the provider is asked again, and found."""
    upstream = upstream_of()
    provider.answers[DISCOVERY] = (503, b"{}")
    for seconds, hits in ((0, 1), (4, 1), (6, 2), (7, 2)):
        with pytest.raises(UpstreamUnavailable) as refused:
            upstream.begin(replace(ask, now=NOW + timedelta(seconds=seconds)))
        assert refused.value.code == "nonsense"
        assert provider.hits.count(DISCOVERY) == hits
    del provider.answers[DISCOVERY]
    assert upstream.begin(replace(ask, now=NOW + timedelta(seconds=13))).url


def test_one_fetches_while_the_others_use_the_old_copy():
    """A slow provider makes nobody wait who could go on with what is known."""
    slow, fetching = threading.Event(), threading.Event()
    copies = iter(("old", "new"))

    def fetched() -> str:
        copy = next(copies)
        if copy == "new":
            fetching.set()
            assert slow.wait(5)
        return copy

    kept, later = Kept(fetched), NOW + KEPT_FOR + timedelta(seconds=1)
    assert kept.read(NOW) == "old"
    found: list[str] = []
    first = threading.Thread(target=lambda: found.append(kept.read(later)))
    first.start()
    assert fetching.wait(5)
    assert kept.read(later) == "old"
    slow.set()
    first.join(5)
    assert found == ["new"]
    assert kept.read(later) == "new"


def test_keys_move_with_the_discovery_document(provider, log_in, upstream_of):
    """New keys at a new address: both are found without a restart."""
    upstream = upstream_of()
    assert log_in(upstream).subject == "erika"
    provider.keys.append(op.ec_key("k2"))
    provider.discovery["jwks_uri"] = provider.issuer + "/moved/jwks"
    provider.answers["/jwks"] = (404, b"{}")
    assert log_in(upstream, now=NOW + timedelta(hours=2)).subject == "erika"


def test_key_rollover_at_the_provider(provider, log_in, upstream_of):
    """An unknown key id makes us fetch the keys again, but not more often than every 30 seconds."""
    upstream = upstream_of()
    assert log_in(upstream).subject
    provider.keys.append(op.ec_key("k2"))
    later = NOW + timedelta(seconds=40)
    assert log_in(upstream, now=later).subject
    assert provider.hits.count("/jwks") == 2
    provider.sign_with = op.ec_key("k3")
    for _ in range(3):
        with pytest.raises(AnswerRefused):
            log_in(upstream, now=later)
    assert provider.hits.count("/jwks") == 2


def test_discovery_is_kept_for_an_hour_and_longer_when_the_provider_is_down(provider, log_in, upstream_of):
    """One fetch serves an hour; after it a failing provider does not take our last good copy away."""
    upstream = upstream_of()
    for minutes in (0, 10, 59):
        assert log_in(upstream, now=NOW + timedelta(minutes=minutes)).subject
    assert provider.hits.count("/.well-known/openid-configuration") == 1
    provider.answers["/.well-known/openid-configuration"] = provider.answers["/jwks"] = (503, b"")
    assert log_in(upstream, now=NOW + timedelta(hours=2)).subject
    assert provider.hits.count("/.well-known/openid-configuration") == 2


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": "file:///etc/hostname"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": 7},
        {"jwks_uri": "http://[broken"},
    ],
    ids=str,
)
def test_discovery_that_is_wrong(provider, upstream_of, ask, discovery):
    """Another issuer, an address in the clear or none: no login begins."""
    assert upstream_of().begin(ask).url
    provider.discovery = discovery
    with pytest.raises(UpstreamUnavailable) as refused:
        upstream_of().begin(ask)
    assert refused.value.code == "discovery"


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"{}"),
        (200, b"<html>"),
        (200, b"[]"),
        (302, b"{}"),
        (200, b'{"a":"' + b"x" * 300_000 + b'"}'),
        (200, b"[" * 90_000),
    ],
    ids=["404", "html", "list", "redirect", "large", "deep"],
)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token"])
def test_provider_that_answers_nonsense(provider, log_in, answer, path):
    """Error pages, redirects, huge or deep documents become one error of ours, and no redirect is followed."""
    assert log_in().subject
    provider.answers[path] = answer
    with pytest.raises(UpstreamUnavailable) as refused:
        log_in()
    assert refused.value.code == "nonsense"
    assert "/elsewhere" not in provider.hits


def test_provider_that_is_away(provider, upstream_of, ask):
    """Nobody listens: one error, and no address in it but the host."""
    with op.running() as gone:
        upstream = upstream_of(issuer=gone.issuer)
    with pytest.raises(UpstreamUnavailable) as refused:
        upstream.begin(ask)
    assert refused.value.code == "unreachable"
    assert upstream_of().begin(ask).url


@pytest.mark.parametrize("issuer", ["http://other.example", "https://user@other.example", "ftp://x", "", "https://[x"])
def test_issuer_must_be_protected(upstream_of, issuer):
    """https, or http that never leaves this machine."""
    assert upstream_of()
    with pytest.raises(UpstreamUnavailable):
        upstream_of(issuer=issuer)
