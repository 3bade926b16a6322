"""Kills a use case at every moment at which something becomes durable, each time in a child process of its own.

The moments are not listed by hand: whatever commits, syncs, renames or removes, or hands a mail over, is counted
before and after, and the child that reaches the chosen number is killed. The next child dies one moment later, until
one lives to the end. A fork copies the test's process, so a death costs milliseconds; no database is open meanwhile.
"""

import itertools
import os
import signal
import smtplib
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from keys.keyring import Keyring
from postbox.app import build
from postbox.context import Postbox
from postbox.settings import PostboxSettings
from runtime.database import Database, open_database
from tests.postbox.conftest import Clock

Say = Callable[[str], None]
Act = Callable[[Postbox, Say], None]
SURVIVED = "survived"


@dataclass(frozen=True, kw_only=True)
class Death:
    """Where a child died, and what it had said until then."""

    moment: str  # "commit, before"; empty: it lived to the end
    said: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Mortal:
    """A postbox whose processes do not live long."""

    settings: PostboxSettings
    url: str
    keyring: Keyring
    clock: Clock

    @contextmanager
    def alive(self) -> Iterator[Postbox]:
        """The postbox of a process that nobody kills."""
        database = open_database(self.url)
        try:
            yield build(self.settings, database, self.keyring, self.clock)
        finally:
            database.close()

    def deaths(self, prepare: Callable[[int], Act]) -> Iterator[Death]:
        """One death after the other, each in an act of its own; the last one is the survivor."""
        for number in itertools.count(1):
            death = self._death(prepare(number), number)
            yield death
            if not death.moment:
                return

    def _death(self, act: Act, number: int) -> Death:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            self._live(act, number, writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            said = pipe.read().decode().splitlines()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return Death(moment=said[-1], said=tuple(said[:-1]))
        assert said[-1:] == [SURVIVED], said
        return Death(moment="", said=tuple(said[:-1]))

    def _live(self, act: Act, number: int, writer: int) -> None:
        """In the child; never returns."""

        def say(text: str) -> None:
            os.write(writer, f"{text}\n".encode())

        try:
            database = open_database(self.url)
            _watch(database, number, say)
            act(build(self.settings, database, self.keyring, self.clock), say)
            say(SURVIVED)
        except BaseException:
            say(traceback.format_exc())
        os._exit(0)


def _watch(database: Database, number: int, say: Say) -> None:
    """Die at the moment ``number`` of everything that makes something last."""
    count = itertools.count(1)

    def reached(moment: str) -> None:
        if next(count) == number:
            say(moment)
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(function: Callable, name: str) -> Callable:
        def call(*given, **named):
            if given and getattr(given[0], "read_only", None):  # PostgreSQL: the end of a snapshot makes nothing last
                return function(*given, **named)
            reached(f"{name}, before")
            result = function(*given, **named)
            reached(f"{name}, after")
            return result

        return call

    dialect = database._writer.dialect
    dialect.do_commit = watched(dialect.do_commit, "commit")
    for name in ("fsync", "rename", "unlink"):
        setattr(os, name, watched(getattr(os, name), name))
    smtplib.SMTP.send_message = watched(smtplib.SMTP.send_message, "mail")
