"""Counting what may not happen too often, as the gate sees it: a port, which whoever serves the gate fills in.

The policies: ``client`` counts the calls of an application that proved itself; ``failure`` proofs that failed, by
application and network, so that a stranger's failures lock out nobody else; ``stretch`` the slow hashes of secrets
that nobody has proven yet, whoever asks, because each costs some 40 ms of a core.
"""

from typing import Protocol

CLIENT, FAILURE, STRETCH = "client", "failure", "stretch"


class Pace(Protocol):
    """Counts in memory; refuses by an exception of the server's own, which becomes a 429 with Retry-After."""

    def spend(self, policy: str, *key: str) -> None:
        """Count once; refuses where the quota is used up."""

    def check(self, policy: str, *key: str) -> None:
        """Refuse where the quota is used up; count nothing."""


class Unlimited:
    """Nobody counts: for who serves the gate inside a program of their own."""

    def spend(self, policy: str, *key: str) -> None:
        """Count nothing."""

    def check(self, policy: str, *key: str) -> None:
        """Refuse nothing."""
