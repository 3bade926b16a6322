"""Remote seals, as configured: a pure rule, one of those that ``coherence`` asks."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from postbox.settings import PostboxSettings, RemoteSeal
from runtime.findings import Finding, wrong

SUBJECT: Final = "postbox.remote_seal"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
MOST_SECONDS: Final = 60  # a person waits while a seal is made


def check_remote_seals(postbox: PostboxSettings) -> Iterator[Finding]:
    """An authority has one seal; secrets and hashes go over https, and never unguarded to another machine."""
    known = {town.ars for town in postbox.authorities}
    for ars, times in Counter(one.authority for one in postbox.remote_seals).items():
        if ars not in known or times > 1:
            cause = f"{ars!r} stands {times} times." if ars in known else f"{ars!r} is no authority of this postbox."
            yield wrong(SUBJECT, cause, "Write the ARS of an [[authority]], once.")
    for seal in postbox.remote_seals:
        yield from _seal(seal)


def _seal(seal: RemoteSeal) -> Iterator[Finding]:
    for name in ("url", "token_url"):
        url = getattr(seal, name)
        if (url or name == "url") and not _is_protected(url):
            yield wrong(SUBJECT, f"{name} {url!r} is not protected.", "https (http on the loopback only), no slash.")
    if not seal.certificates:
        yield wrong(SUBJECT, "certificates names none.", "Pin the seal's certificate, or the anchor of its chain.")
    if not 1 <= seal.seconds <= MOST_SECONDS:
        yield wrong(SUBJECT, f"{seal.seconds} seconds are no bound.", f"Write 1 to {MOST_SECONDS}.")


def _is_protected(url: str) -> bool:
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return bool(secure and parts.hostname and not parts.username and not parts.query and not url.endswith("/"))
