"""What is known of a provider is kept: fetched by one, used by all, and not lost while the provider is away."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.oidc.peer import KEPT_FOR, Kept
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
