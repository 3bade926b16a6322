"""The list of a full postbox, as a citizen's browser asks for it, in a small store and in a large one."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import insert

from postbox import identifiers, sealed
from postbox.context import Postbox
from postbox.intake.recipients import open_mailbox
from postbox.pages import sessions
from postbox.pages.citizen.letters import SHOWN
from postbox.store.tables import notices
from postbox.web import EXTENSION
from runtime.wiring import postbox_app
from tests.bench.measure import Task, Timings, Watch, compare, merged, one_core
from tests.bench.notices import a_recipient, logged_to_file
from tests.bench.place import ARS, CLIENT, POSTBOX, Place, close
from tests.bench.scale import Scale
from tests.bench.table import Row, duration, told
from tests.bench.wsgi import Caller

_BATCH = 5_000
_PER_STRANGER = 100
_SPREAD = timedelta(minutes=17)  # between two notices of one mailbox


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """The one row; two sizes of the store stand in it."""
    place = place.fresh("listing")
    with logged_to_file(place):
        app = postbox_app(place.config)
        postbox: Postbox = app.extensions[EXTENSION]
        shelf = Shelf(place, postbox)
        mailbox = shelf.fill("sub-of-erika", scale.listed, whole=True)
        shelf.flush()
        small = _measured(app, postbox, mailbox, scale)
        for number in range((scale.stored - scale.listed) // _PER_STRANGER):
            shelf.fill(f"sub-{number}", _PER_STRANGER, whole=False)
        shelf.flush()
        large = _measured(app, postbox, mailbox, scale)
        close(postbox.database)
    yield _row(scale, small, large)


def _measured(app: Flask, postbox: Postbox, mailbox: str, scale: Scale) -> Timings:
    """Ask for pages as a person would: the first one and, as often, an older one somewhere."""
    now = datetime.now(UTC)
    browser = Caller(app, POSTBOX)
    browser.cookies["__Host-postbox"] = sessions.begin(
        postbox.database, postbox.keyring, kind="citizen", mailbox=mailbox, level="high", claims={}, now=now
    )
    chance = random.Random(1)

    def first() -> str:
        return "/"

    def older() -> str:
        at = now - _SPREAD * chance.randrange(scale.listed)
        return "/?" + urlencode({"older": f"{at.isoformat()}~ntc"})

    def look(place: Callable[[], str]) -> Task:
        def run(watch: Watch) -> None:
            target = place()
            with watch:
                page = browser.get(target)
            if page.status != 200 or "Bescheid über Ihren Antrag".encode() not in page.body:
                raise RuntimeError(f"the list answered {page.status}")

        return run

    with one_core():
        found = compare({"first": look(first), "older": look(older)}, seconds=scale.seconds / 2)
    return merged(found["first"], found["older"])


def _row(scale: Scale, small: Timings, large: Timings) -> Row:
    note = (
        f"One core. GET / and GET /?older=… in turns, through the dressed application in this process (no web server in it): "
        f"session found, {SHOWN} titles opened, page written. First in a store of {scale.listed:,} notices, all of them in "
        f"this postbox, then in one of {scale.stored:,}; the others' rows were put there directly, without documents and "
        "evidence, which the list does not read. The ratio is that of the medians: large store to small store."
    )
    return Row(
        name="list",
        what=f"list of a postbox with {scale.listed:,} notices; {scale.stored:,} in the store",
        floor=f"small store: {duration(small.median)}, p95 {duration(small.p95)}",
        ours=told(large),
        ratio=large.median / small.median,
        goal="p95 ≤ 150 ms, no growth with the store",
        notes=(note,),
    )


class Shelf:
    """Puts available notices straight into the store, in large transactions."""

    def __init__(self, place: Place, postbox: Postbox) -> None:
        """Everybody's notices hang on one recipient reference of their own."""
        self._postbox = postbox
        self._recipient = a_recipient(place, postbox, "sub-of-everybody")
        self._rows: list[dict[str, object]] = []
        self._now = datetime.now(UTC)
        self._sealed = self._seal("ntc_stranger")

    def fill(self, subject: str, count: int, *, whole: bool) -> str:
        """Put ``count`` notices into a person's mailbox; ``whole``: sealed so that they open. The mailbox's id."""
        mailbox = open_mailbox(self._postbox, subject, self._now)
        for number in range(count):
            notice = identifiers.new_id(identifiers.NOTICE)
            wrapped, words = self._seal(notice) if whole else self._sealed
            self._rows.append(self._row(notice, mailbox, wrapped, words, number))
        if len(self._rows) >= _BATCH:
            self.flush()
        return mailbox

    def flush(self) -> None:
        """Write what has gathered."""
        with self._postbox.database.write() as connection:
            if self._rows:
                connection.execute(insert(notices), self._rows)
        self._rows = []

    def _seal(self, notice: str) -> tuple[bytes, bytes]:
        data_key, wrapped = sealed.new_key(self._postbox, notice, self._now)
        words = {"title": "Bescheid über Ihren Antrag", "summary": "Ihrem Antrag wird entsprochen.", "remedy": None}
        return wrapped, sealed.seal_words(data_key, words, notice)

    def _row(self, notice: str, mailbox: str, wrapped: bytes, words: bytes, number: int) -> dict[str, object]:
        at = self._now - _SPREAD * number
        return {
            "id": notice,
            "authority": ARS,
            "client": CLIENT,
            "actor": CLIENT,
            "recipient": self._recipient,
            "mailbox": mailbox,
            "minimum_level": "substantial",
            "procedural_law": "VwVfG",
            "form": "none",
            "language": "de",
            "remedy_complete": True,
            "wrapped_key": wrapped,
            "words": words,
            "accepted_at": at,
            "available_at": at,
        }
