"""The public keys of applications: those we were given, and those at their ``jwks_uri``, whose changes are followed.

A key set is fetched when it is needed first, again when it is old, and at most every half minute when a signature does
not fit what is known: the application may have changed its key, or somebody invents signatures. While its address does
not answer, the last good set serves on for a day, so that its pause is not that of every login.
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from idgateway.errors import UpstreamUnavailable
from idgateway.kept import REFRESH_PAUSE, Kept
from idgateway.provider import lines, reach
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.profiles import ALGORITHMS, FAPI2, STRICT_ALGORITHMS
from keys.errors import KeyNotValid, TokenInvalid
from keys.foreign import read_key_set

FRESH = timedelta(minutes=10)  # a key that was taken away counts that much longer
AT_MOST = timedelta(hours=24)  # and that long while nobody can say whether it was
_OF_THE_KEY = frozenset({"token-key", "token-signature"})
T = TypeVar("T")


class ClientKeys:
    """Where the keys of applications are. Safe to share between threads."""

    def __init__(self, *, demo: bool) -> None:
        """Nothing is fetched yet."""
        self._demo = demo
        self._guard = threading.Lock()
        self._fetched: dict[tuple[str, str], Kept[Mapping[str, Any]]] = {}

    def verified(self, client: RegisteredClient, now: datetime, verify: Callable[[Mapping[str, Any]], T]) -> T:
        """What ``verify`` finds with the client's key set; with a newer one where the known one does not fit.

        Raises TokenInvalid as ``verify`` does; UpstreamUnavailable where the keys cannot be had.
        """
        if not client.jwks_uri:
            return verify(client.jwks)
        kept = self._kept(client.jwks_uri, client.client_id)
        known = kept.read(now, FRESH)
        try:
            return verify(known)
        except TokenInvalid as error:
            newer = kept.read(now, REFRESH_PAUSE) if error.code in _OF_THE_KEY else known
            if newer is known:
                raise
            return verify(newer)

    def _kept(self, uri: str, client_id: str) -> Kept[Mapping[str, Any]]:
        # By application: whoever names another's address waits for a line of its own.
        with self._guard:
            if (uri, client_id) not in self._fetched:
                fetched = partial(fetch_key_set, uri, demo=self._demo, turn=lines.turn_of(client_id))
                self._fetched[uri, client_id] = Kept(fetched, at_most=AT_MOST, awaited=_await)
            return self._fetched[uri, client_id]


def _await(lock: threading.Lock) -> None:
    """Wait for who is fetching a key set, as long as for a line of one's own. Raises LinesBusy."""
    lines.SHARED.await_turn(lambda: lock.acquire(timeout=lines.PATIENCE))


def fetch_key_set(uri: str, *, demo: bool, turn: str = "") -> Mapping[str, Any]:
    """The key set at an address. Raises UpstreamUnavailable, also where it holds what no key set should."""
    document = reach.get(uri, demo=demo, accept="application/jwk-set+json, application/json", turn=turn)
    try:
        return read_key_set(json.loads(document))
    except (ValueError, RecursionError):
        raise UpstreamUnavailable("no JSON", code="key-set") from None
    except KeyNotValid as error:
        raise UpstreamUnavailable(error.detail, code=error.code) from None


def algorithms_of(client: RegisteredClient, registered: str) -> tuple[str, ...]:
    """What the client may sign with: the one algorithm it registered, or any that its profile allows."""
    allowed = STRICT_ALGORITHMS if client.profile == FAPI2 else ALGORITHMS
    return tuple(one for one in allowed if registered in ("", one))
