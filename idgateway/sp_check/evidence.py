"""What was seen of the service: data for the judge, made by the browser. Pure; URLs are shown without their query."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

NO_ANSWER = "no answer in time"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a browser is about to send to the stand-in: the service's request."""

    method: str
    url: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where a browser came to rest."""

    url: str
    status: int  # 0: nothing was received
    statuses: tuple[int, ...] = ()  # of every step on the way
    title: str = ""
    text: str = field(default="", repr=False)
    targets: tuple[str, ...] = ()  # where links and forms of the page, or a redirect not followed, would lead
    broke: str = ""  # why nothing was received
    led_to: str = ""  # an address that may not be contacted, where the service wanted to lead
    first_seconds: float = 0.0  # of the first step alone: for an answer, what its consumption took
    sent_bytes: int = 0  # of the first step
    handed: Sent | None = None  # what was to be sent to the stand-in

    @property
    def shown(self) -> str:
        """The address as reports show it."""
        return shown(self.url)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One delivered answer: where it led, which cookies came with it, and whether the protected page opens now."""

    stop: Stop
    cookies: frozenset[str] = frozenset()  # names, set or changed by the delivery
    door: Stop | None = None  # the protected page, opened afterwards in the same browser


def shown(url: str) -> str:
    """An address without query and fragment: they may carry one-time codes."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.scheme + ":"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A family of addresses: what two honest logins have in common. ``None`` stands for a one-time part."""

    origin: str
    path: tuple[str | None, ...]
    query: frozenset[str]  # names only

    @property
    def steady(self) -> bool:
        """Whether it is one address that can be opened again: no one-time part, no query."""
        return None not in self.path and not self.query

    @property
    def shown(self) -> str:
        """The address with ``*`` for its one-time parts."""
        return self.origin + "/".join("*" if part is None else part for part in self.path)

    def fits(self, url: str) -> bool:
        """Whether an address belongs to the family."""
        other = place_of(url)
        return ((self.origin, self.query, len(self.path)) == (other.origin, other.query, len(other.path))) and all(
            mine in (None, theirs) for mine, theirs in zip(self.path, other.path, strict=True)
        )


def place_of(url: str) -> Place:
    """The family of one address: itself."""
    parts = urlsplit(url)
    names = frozenset(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return Place(origin=f"{parts.scheme}://{parts.netloc}", path=tuple((parts.path or "/").split("/")), query=names)


def common_place(first: str, second: str) -> Place | None:
    """What two addresses of honest logins have in common, or None where they are different places."""
    one, two = place_of(first), place_of(second)
    if (one.origin, one.query, len(one.path)) != (two.origin, two.query, len(two.path)):
        return None
    path = tuple(mine if mine == theirs else None for mine, theirs in zip(one.path, two.path, strict=True))
    return Place(origin=one.origin, path=path, query=one.query)
