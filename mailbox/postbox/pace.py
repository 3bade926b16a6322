"""Counting what may not happen too often, as the postbox sees it: a port, which whoever serves the postbox fills in.

The policy ``client`` counts the calls of an application whose token was verified.
"""

from typing import Protocol

CLIENT = "client"


class Pace(Protocol):
    """Counts in memory; refuses by an exception of the server's own, which becomes a 429 with Retry-After."""

    def spend(self, policy: str, *key: str) -> None:
        """Count once; refuses where the quota is used up."""


class Unlimited:
    """Nobody counts: for the worker, and for who serves the postbox inside a program of their own."""

    def spend(self, policy: str, *key: str) -> None:
        """Count nothing."""
