"""How often one network may ask, and what the answer says about it: RateLimit fields, 429 and Retry-After.

A house lists its endpoints or blueprints in ``app.config["PACE"]`` with a policy each; empty means that nobody counts,
and what is not listed is a page. Each endpoint counts for itself. ``app.config["WHEN_REFUSED"]`` is told the policy of
each refusal, and nothing about whom. The same object counts for a house what only the house knows (``spend``,
``check``): which client proved itself, which secret was wrong.
"""

from typing import Any

from flask import Flask, Request, current_app, g
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from runtime.limits import Limiter, Verdict, network_of

PAGE = "page"
_ADVERTISED = (PAGE, "call", "check", "client")  # what a good caller can pace itself by


class Pace:
    """A limiter at the door of a web application. ``None`` counts nothing."""

    def __init__(self, limiter: Limiter | None = None, *, trusted_proxies: int = 0) -> None:
        """``trusted_proxies`` is the number of our own proxies in front, each of which adds to X-Forwarded-For."""
        self._limiter = limiter
        self._trusted_proxies = trusted_proxies
        self._policies: dict[str, str] = {}  # of the endpoints seen so far

    def install(self, app: Flask) -> None:
        """Believe the proxies of our own."""
        if self._trusted_proxies:
            # The address alone: scheme, host and port never come from a request.
            app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
                app.wsgi_app, x_for=self._trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
            )

    def spend(self, policy: str, *key: str) -> None:
        """Count a request under a key. Raises TooManyRequests."""
        if self._limiter:
            _act_on(self._limiter.spend(policy, *key))

    def check(self, policy: str, *key: str) -> None:
        """Whether another request would be allowed; counts nothing. Raises TooManyRequests."""
        if self._limiter:
            _act_on(self._limiter.look(policy, *key))

    def count(self, request: Request, kept: Any, app: Flask) -> None:
        """Count a request before the house sees it; ``kept`` is its ``flask.g``. Raises TooManyRequests."""
        endpoint, network = request.endpoint or "", network_of(request.environ.get("REMOTE_ADDR", ""))
        kept.network = network
        if endpoint not in self._policies:  # only what exists, or nothing at all: this grows no further
            self._policies[endpoint] = policy_of(app, endpoint)
        if network and self._policies[endpoint]:
            self.spend(self._policies[endpoint], endpoint, network)


def policy_of(app: Flask, endpoint: str | None) -> str:
    """The policy of an endpoint: its own, its blueprint's, or that of a page."""
    listed: dict[str, str] = app.config.get("PACE", {})
    if endpoint in ("static", "shell.static"):
        return ""
    return listed.get(endpoint or "", listed.get((endpoint or "").rpartition(".")[0], PAGE))


def _act_on(verdict: Verdict) -> None:
    if verdict.policy.quota and verdict.policy.name in _ADVERTISED:
        g.setdefault("paces", {})[verdict.policy.name] = verdict
    if verdict.allowed:
        return
    g.retry_in = max(verdict.retry_in, 1)
    told = current_app.config.get("WHEN_REFUSED")
    if told:
        told(verdict.policy.name)
    raise TooManyRequests


def fields(kept: Any, *, refused: bool) -> list[tuple[str, str]]:
    """The fields of draft-ietf-httpapi-ratelimit-headers-11 (Structured Fields: lists of named policies)."""
    verdicts: dict[str, Verdict] = kept.get("paces", {})
    told = []
    if verdicts:
        policies = (f'"{name}";q={one.policy.quota};w={one.policy.window}' for name, one in verdicts.items())
        left = (f'"{name}";r={one.remaining};t={one.whole_in}' for name, one in verdicts.items())
        told = [("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(left))]
    if refused and "retry_in" in kept:
        told.append(("Retry-After", str(kept.retry_in)))  # RFC 9110 10.2.3
    return told
