"""Odd requests for hypothesis: any method, headers, query and body, broken encodings and repetitions, at any address."""

import re
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from importlib import import_module
from pathlib import Path

from hypothesis import Phase
from hypothesis import strategies as st
from werkzeug.test import TestResponse

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # where one example is a walk through a whole house
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
_CODED = st.sampled_from(
    ["%", "%zz", "%00", "%ff%fe", "a=%", "&&&", "=", "a=1&a=1", "%26%3d", "+", "\ufeff", "a" * 300, "[]=1", "a[b]=c"]
)
_LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
QUERIES = st.lists(_CODED | _LATIN, max_size=4).map("&".join)
BODIES = st.one_of(
    st.binary(max_size=200),
    QUERIES.map(lambda text: text.encode("latin-1", "replace")),
    st.sampled_from([b"{", b'{"a":' * 500, b"[]", b"null", b'{"a":1,"a":2}', b"\xff\xfe{}", b"--x\r\n", b"a=1&" * 300]),
)
TYPES = st.sampled_from(
    [
        "",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/json",
        "application/json; charset=broken",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=" + "x" * 200,
        "text/xml",
        "a/b/c; ;;=",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Authorization", "DPoP", "Cookie", "Origin", "Accept", "Accept-Language", "Range", "If-None-Match",
            "X-Forwarded-For", "Forwarded", "X-HTTP-Method-Override", "Idempotency-Key", "Content-Encoding", "Expect",
        ]
    ),
    st.one_of(
        _LATIN,
        st.sampled_from(
            [
                "Bearer", "Bearer  ", "DPoP e30.e30.AA", "Basic !!", "__Host-gate=x; __Host-gate=y",
                "__Host-postbox=" + "a" * 100, "*/*;q=x", "bytes=9-1", "bytes=0-,5-", "lang=xx", "gzip", "\t", '"',
            ]
        ),
    ),
    max_size=4,
)  # fmt: skip


@dataclass(frozen=True)
class Odd:
    """One odd request."""

    method: str
    query: str
    headers: dict[str, str]
    body: bytes
    content_type: str

    def sent(self, browser, path: str, *, base_url: str) -> TestResponse:
        """What the application answers to it."""
        return browser.open(
            path,
            method=self.method,
            base_url=base_url,
            headers=[
                (name, value.encode("latin-1", "replace").decode("latin-1")) for name, value in self.headers.items()
            ],
            data=self.body,
            content_type=self.content_type or None,
            environ_overrides={"QUERY_STRING": self.query.encode("utf-8", "replace").decode("latin-1")},
        )


ODD = st.builds(Odd, METHODS, QUERIES, HEADERS, BODIES, TYPES)
SEGMENTS = st.sampled_from(["x", "%", "..", "a" * 300, "\x00", "é", "bundid", "%2e%2e", "'", "<script>", "urn:x"])


def everywhere(odd: Odd) -> tuple[Odd, ...]:
    """The same request as most people send requests, and as it is."""
    return (replace(odd, method="GET"), replace(odd, method="POST"), odd)


@cache
def codes_of(*houses: str) -> frozenset[str]:
    """Every code that may stand in an answer: what is written as one in these packages, and HTTP's own names."""
    folders = [Path(import_module(house).__file__ or "").parent for house in houses]
    texts = (file.read_text() for folder in folders for file in folder.rglob("*.py"))
    written = {code for text in texts for code in re.findall(r'"([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)"', text)}
    return frozenset(written | {status.phrase.lower().replace(" ", "-") for status in HTTPStatus})


def check_is_ours(answer: TestResponse, codes: frozenset[str]) -> None:
    """Never a fault of ours, never a session or code, no word of Python's; a refusal for machines has its known code."""
    machines = answer.mimetype.endswith("json")
    text = answer.get_data(as_text=True) if machines or answer.mimetype.startswith("text") else ""
    assert answer.status_code < 500, answer.status
    assert "Traceback" not in text
    if machines and text and answer.status_code >= 400:
        told = answer.get_json()
        assert {told.get("code"), told.get("error")} & codes, (answer.request.path, text)
    assert "code=" not in (answer.location or "")
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith(("__Host-gate-browser=", "lang=", "__Host-gate-csrf=", "__Host-postbox-csrf=")) or (
            "-login-" in cookie.partition("=")[0] or "Max-Age=0" in cookie
        ), cookie
