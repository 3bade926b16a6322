"""Counting what may not happen too often, as the gate sees it: a port, which whoever serves the gate fills in.

The policies: ``client`` counts the calls of an application that proved itself; ``failure`` proofs that failed, by
application and network, so that a stranger's failures lock out nobody else. The slow hashes of secrets that nobody has
proven yet, each some 40 ms of a core, are counted twice: ``stretch`` by application, so that whoever guesses at one
delays no other, and ``stretch-all`` whoever asks for whom, so that many of them together leave a core its time.
"""

from typing import Protocol

CLIENT, FAILURE, STRETCH, STRETCH_ALL = "client", "failure", "stretch", "stretch-all"


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
