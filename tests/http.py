"""A browser made of ``requests``: keeps cookies as Chromium does on loopback, follows forms, never leaves this machine."""

from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests
from requests.cookies import get_cookie_header


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append(
                {"action": values.get("action") or "", "method": (values.get("method") or "get").lower(), "fields": {}}
            )
        elif self.forms and values.get("name") and tag in ("input", "button", "textarea", "select"):
            self._choice = str(values["name"]) if tag == "select" else ""
            self._field(tag, values)
        elif self.forms and self._choice and tag == "option":
            # A browser sends the selected option, and without any the first one.
            fields = self.forms[-1]["fields"]
            if "selected" in values or not fields[self._choice]:
                fields[self._choice] = values.get("value") or ""

    def _field(self, tag: str, values: dict[str, str | None]) -> None:
        kind = values.get("type") or ("submit" if tag == "button" else "text")
        unchecked = kind in ("checkbox", "radio") and "checked" not in values
        if kind in ("submit", "file") or unchecked:
            return
        self.forms[-1]["fields"][str(values["name"])] = values.get("value") or ""


def forms_of(html: str) -> list[dict]:
    """All forms of a page: action, method and the fields a browser would send without a click."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)


def links_of(html: str) -> list[str]:
    """Where a page's links lead, in their order, as written."""
    parser = _Links()
    parser.feed(html)
    return parser.found


class Browser(requests.Session):
    """A session that sends Secure cookies to http://localhost, as browsers do, and can submit forms.

    ``requests`` keys cookies by host without port, as browsers do too.
    """

    def __init__(self) -> None:
        """Begin with an empty jar."""
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))

    def send(self, request: requests.PreparedRequest, **options) -> requests.Response:
        """Send with our own jar's cookies: ``requests`` would ask a fresh jar that forgot the policy."""
        request.headers.pop("Cookie", None)
        if cookies := get_cookie_header(self.cookies, request):
            request.headers["Cookie"] = cookies
        return super().send(request, **options)

    def submit(
        self, page: requests.Response, fields: dict[str, str] | None = None, *, form: int = 0, **options
    ) -> requests.Response:
        """Send a form of a page with its own values, overridden by ``fields``."""
        chosen = forms_of(page.text)[form]
        url = urljoin(page.url, chosen["action"])
        values = {**chosen["fields"], **(fields or {})}
        if chosen["method"] == "post":
            return self.post(url, data=values, timeout=20, **options)
        return self.get(url, params=values, timeout=20, **options)
