"""A browser made of ``requests``: its own cookies with SameSite as browsers keep it, redirects, forms that go on.

Sources: RFC 6265bis (SameSite, top-level navigation); RFC 9110 15.4 (redirects); Fetch Metadata.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import Cookie, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import Request

import requests
from requests.cookies import get_cookie_header

from idgateway.sp_check.errors import TargetRefused
from idgateway.sp_check.evidence import NO_ANSWER, Sent, Stop, shown
from idgateway.sp_check.forms import Page, read_page

_MOST_STEPS = 25
_MOST_BYTES = 2 * 1024 * 1024
_HEADERS = {
    "User-Agent": "idgateway-sp-check",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "de,en;q=0.5",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
_REDIRECTS = (301, 302, 303, 307, 308)
_KEEP_METHOD = (307, 308)
Jar = dict[tuple[str, str, str], str | None]


@dataclass(frozen=True, kw_only=True)
class Network:
    """How to reach others: whom to contact at all, how long to wait, which authorities to trust."""

    admit: Callable[[str], None]  # raises TargetRefused for a host that may not be contacted
    timeout: float  # seconds, per step
    ca_file: str | bool = True


class Browser:
    """One person's browser with an empty jar. Nothing is sent to a host that ``network.admit`` refuses."""

    def __init__(self, network: Network, hands_over: Callable[[Sent], bool]) -> None:
        """``hands_over`` says of a step whether it is the service's request to the stand-in: then we stop there."""
        self._network, self._hands_over = network, hands_over
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = network.ca_file
        self._policy = _SameSite()
        self._session.cookies.set_policy(self._policy)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def twin(self) -> "Browser":
        """The same browser as it is now: a second one with a copy of its cookies."""
        other = Browser(self._network, self._hands_over)
        for cookie in self._session.cookies:
            other._session.cookies.set_cookie(cookie)
        return other

    def cookies(self) -> Jar:
        """What the jar holds, by domain, path and name."""
        return {(one.domain, one.path, one.name): one.value for one in self._session.cookies}

    def open(self, url: str, *, initiator: str = "") -> Stop:
        """Go to an address; ``initiator`` is the page one comes from, empty for a typed address."""
        return self.go(Sent(method="GET", url=url, fields=()), initiator=initiator)

    def go(self, step: Sent, *, initiator: str = "") -> Stop:
        """Follow redirects and pages that go on by themselves, to where a person would have to act."""
        statuses: list[int] = []
        seconds, sent = 0.0, sum(len(name) + len(value) for name, value in step.fields)
        for _ in range(_MOST_STEPS):
            if self._hands_over(step):
                return Stop(url=step.url, status=0, statuses=tuple(statuses), handed=step)
            begun = time.monotonic()
            try:
                response, text = self._send(step, initiator)
            except TargetRefused:
                last = Stop(url=step.url, status=0, led_to=step.url, targets=(step.url,))
                return _ended(last, statuses, seconds, sent)
            except requests.RequestException as error:
                return _ended(Stop(url=step.url, status=0, broke=_why(error)), statuses, seconds, sent)
            seconds = seconds or time.monotonic() - begun
            statuses.append(response.status_code)
            page = read_page(text) if "html" in response.headers.get("Content-Type", "") else Page()
            following = _redirected(step, response) or _goes_on(step.url, page)
            if following is None:
                return _ended(_rest(step.url, response.status_code, text, page), statuses, seconds, sent)
            if response.status_code not in _REDIRECTS:
                initiator = step.url
            step = following
        return _ended(Stop(url=step.url, status=0, broke="more than 25 redirects"), statuses, seconds, sent)

    def _send(self, step: Sent, initiator: str) -> tuple[requests.Response, str]:
        parts = urlsplit(step.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetRefused(f"{parts.scheme}: is no address to visit.")
        self._network.admit(parts.hostname)
        crossing = bool(initiator) and site_of(initiator) != site_of(step.url)
        headers = {**_HEADERS, "Sec-Fetch-Site": _fetch_site(initiator, crossing=crossing)}
        if step.method == "POST":
            headers["Origin"] = _origin(initiator or step.url)
        data = list(step.fields) if step.method == "POST" else None
        prepared = requests.Request(step.method, step.url, headers=headers, data=data).prepare()
        self._policy.crossing, self._policy.safe = crossing, step.method == "GET"
        if cookies := get_cookie_header(self._session.cookies, prepared):  # type: ignore[no-untyped-call]
            prepared.headers["Cookie"] = cookies
        with self._session.send(
            prepared, allow_redirects=False, stream=True, timeout=self._network.timeout, verify=self._session.verify
        ) as response:
            return response, _text(response, time.monotonic() + self._network.timeout)


def _text(response: requests.Response, until: float) -> str:
    """The page, up to a limit of length and time. Raises RequestException where it breaks off."""
    content = b""
    for part in response.iter_content(64 * 1024):
        content += part
        if len(content) >= _MOST_BYTES:
            break
        if time.monotonic() > until:
            raise requests.Timeout("the page trickles")
    try:
        return content[:_MOST_BYTES].decode(response.encoding or "utf-8", "replace")
    except LookupError:  # an encoding nobody knows
        return content[:_MOST_BYTES].decode("utf-8", "replace")


class _SameSite(DefaultCookiePolicy):
    """Which cookies go with a step (RFC 6265bis 5.8.3).

    A cookie without SameSite travels with a cross-site POST: in Firefox and Safari always, in Chromium for two minutes.
    """

    crossing = False
    safe = True

    def return_ok(self, cookie: Cookie, request: Request) -> bool:
        """The standard library's rules, and SameSite."""
        return super().return_ok(cookie, request) and self._same_site_ok(cookie)

    def return_ok_secure(self, cookie: Cookie, request: Request) -> bool:
        """Loopback counts as secure, as it does in browsers (Secure Contexts 3.1)."""
        return not cookie.secure or request.type == "https" or is_loopback(urlsplit(request.get_full_url()).hostname)

    def _same_site_ok(self, cookie: Cookie) -> bool:
        rest: dict[str, Any] = cookie.__dict__.get("_rest", {})
        said = next((str(value).lower() for name, value in rest.items() if name.lower() == "samesite"), "")
        return not self.crossing or said not in ("strict", "lax") or (said == "lax" and self.safe)


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine by name or number."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost" or str(host).endswith(".localhost")


def site_of(url: str) -> tuple[str, str]:
    """Scheme and registrable domain, guessed as the last two labels: there is no public suffix list here."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        ip_address(host)
    except ValueError:
        host = ".".join(host.split(".")[-2:])
    return parts.scheme, host


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _fetch_site(initiator: str, *, crossing: bool) -> str:
    return "none" if not initiator else "cross-site" if crossing else "same-origin"


def _redirected(step: Sent, response: requests.Response) -> Sent | None:
    location = response.headers.get("Location")
    if response.status_code not in _REDIRECTS or not location:
        return None
    target = urldefrag(joined(step.url, location)).url
    if response.status_code in _KEEP_METHOD:
        return Sent(method=step.method, url=target, fields=step.fields)
    return Sent(method="GET", url=target, fields=())


def _goes_on(url: str, page: Page) -> Sent | None:
    form = page.sends_itself
    if form is not None:
        return submitted(url, form.action, form.method, form.fields)
    return Sent(method="GET", url=joined(url, page.refresh), fields=()) if page.refresh else None


def joined(base: str, address: str) -> str:
    """The address as meant on the page at ``base``; what is no address at all becomes one that is never visited."""
    try:
        target = urljoin(base, address.strip())
        urlsplit(target)
    except ValueError:
        return "invalid:"
    return target


def submitted(url: str, action: str, method: str, fields: list[tuple[str, str]]) -> Sent:
    """A form as the browser sends it from the page at ``url``."""
    target = joined(url, action or url)
    if method == "post":
        return Sent(method="POST", url=target, fields=tuple(fields))
    query = requests.Request("GET", target.partition("?")[0], params=fields).prepare().url
    return Sent(method="GET", url=str(query), fields=())


def _rest(url: str, status: int, text: str, page: Page) -> Stop:
    targets = (*(href for href, _ in page.links), *(form.action for form in page.forms))
    return Stop(url=url, status=status, title=page.title, text=text, targets=targets)


def _ended(stop: Stop, statuses: list[int], seconds: float, sent: int) -> Stop:
    return Stop(**{**stop.__dict__, "statuses": tuple(statuses), "first_seconds": seconds, "sent_bytes": sent})


def _why(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return NO_ANSWER
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate is not trusted (--ca-file)"
    url = error.request.url if error.request is not None and error.request.url else ""
    return f"the connection broke{f' ({shown(url)})' if url else ''}"
