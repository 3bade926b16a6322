"""Logging in to the pages: one door for citizens, one for staff, both through the gate and never through each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response

from keys.keyring import Keyring
from postbox.context import Postbox
from postbox.errors import NotAuthenticated
from postbox.levels import LEVELS, reaches
from postbox.pages import sessions
from postbox.pages.relying_party import LOGIN_LIFETIME, Person, RelyingParty, mark_of, open_pending, seal_pending
from postbox.web import current

MOST_PENDING = 5  # logins of one door and browser under way: their cookies must fit into a proxy's header
HINT = "id_token_hint"  # the ID token, kept in the session and sealed like all of it
_EXTENSION = "postbox-doors"


@dataclass(frozen=True, kw_only=True)
class Door:
    """One way in: its client at the gate, its cookie, and what it keeps of a person."""

    kind: str
    cookie: str
    client: RelyingParty
    admit: Callable[[Postbox, Person], tuple[str | None, dict[str, object]]]  # mailbox, claims worth keeping

    def pending_cookie(self, state: str) -> str:
        """The cookie of one login under way: each has its own, so two tabs may log in side by side."""
        return f"{self._pending}{mark_of(state)}"

    def pending_cookies(self) -> list[str]:
        """The cookies of this browser's logins under way."""
        return [name for name in request.cookies if name.startswith(self._pending)]

    @property
    def _pending(self) -> str:
        return f"{self.cookie}-login-"


def install(app: Flask, doors: tuple[Door, ...]) -> None:
    """Give the application its doors."""
    app.extensions[_EXTENSION] = {door.kind: door for door in doors}


def door(kind: str) -> Door:
    """The door of this kind."""
    return cast(Door, current_app.extensions[_EXTENSION][kind])


def leave(kind: str, *, level: str, fresh: bool = False) -> Response:
    """Send the browser to the gate; what the login must remember goes along in a sealed cookie."""
    postbox, now = current(), current().clock()
    language = str(g.get("language", "de"))
    next_path = local_path(request.args.get("next", ""))
    wanted = level if level in LEVELS else "high"
    url, pending = door(kind).client.begin(
        level=wanted, next_path=next_path, language=language, fresh=fresh, now=now
    )  # fmt: skip
    response = redirect(url, 303)
    for name in _too_many(door(kind), postbox.keyring):
        _drop(response, name)
    sealed = seal_pending(pending, postbox.keyring, now)
    _set(response, door(kind).pending_cookie(pending.state), sealed, int(LOGIN_LIFETIME.total_seconds()))
    return response


def return_from_gate(kind: str, home: str) -> Response:
    """Verify who came back and begin a session with a new handle. Raises NotAuthenticated, ChannelDown.

    An answer whose login this browser does not know, while somebody is logged in here, is a page loaded again.
    """
    postbox, now, way = current(), current().clock(), door(kind)
    waiting = way.pending_cookie(request.args.get("state", ""))
    if waiting not in request.cookies and session_of(kind):
        return redirect(home, 303)
    pending = open_pending(request.cookies.get(waiting, ""), postbox.keyring)
    g.login_next = pending.next  # should this fail, the next login still leads there
    person = way.client.complete(request.args, pending, now)
    # ASVS 6.8.4: the level comes from the answer, never from the request.
    if not reaches(person.level, pending.level):
        raise NotAuthenticated("The login did not reach the level that was asked for.", code="login-level")
    mailbox, claims = way.admit(postbox, person)
    if old := request.cookies.get(way.cookie):
        sessions.end(postbox.database, old)
    handle = sessions.begin(
        postbox.database,
        postbox.keyring,
        kind=kind,
        mailbox=mailbox,
        level=person.level,
        claims={**claims, HINT: person.id_token},
        now=now,
    )
    response = redirect(pending.next or home, 303)
    _set(response, way.cookie, handle, None)
    _drop(response, waiting)
    return response


def session_of(kind: str) -> sessions.Session | None:
    """Who is logged in at this door, or None."""
    handle = request.cookies.get(door(kind).cookie, "")
    if not handle:
        return None
    postbox = current()
    return sessions.find(postbox.database, postbox.keyring, handle=handle, kind=kind, now=postbox.clock())


def log_out(kind: str, home: str) -> Response:
    """End the session here, and then at the gate, which leads back to ``home``; the account's own is another matter."""
    session, now = session_of(kind), current().clock()
    if handle := request.cookies.get(door(kind).cookie):
        sessions.end(current().database, handle)
    id_token, back = session.claims.get(HINT, "") if session else "", current().settings.public_url + home
    url, fields = door(kind).client.goodbye(id_token, back, str(g.get("language", "de")), now) if id_token else ("", {})
    if url:
        parts = urlsplit(url)
        g.form_action = [f"{parts.scheme}://{parts.netloc}"]
        response = Response(render_template("postbox/leaving.html", url=url, fields=fields), mimetype="text/html")
    else:
        response = redirect(home, 303)
    _drop(response, door(kind).cookie)
    return response


def local_path(text: str) -> str:
    """A path of this application and nothing else: no host, no scheme, no backslash trick."""
    parts = urlsplit(text)
    local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if local and not parts.scheme and not parts.netloc else ""


def _set(response: Response, name: str, value: str, max_age: int | None) -> None:
    response.set_cookie(name, value, max_age=max_age, secure=True, httponly=True, samesite="Lax", path="/")


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(name, secure=True, httponly=True, samesite="Lax")


def _too_many(way: Door, keyring: Keyring) -> list[str]:
    """The oldest logins under way, and all that cannot be read, so that one more fits."""
    begun: dict[str, float] = {}
    for name in way.pending_cookies():
        try:
            begun[name] = open_pending(request.cookies[name], keyring).begun_at
        except NotAuthenticated:
            begun[name] = 0
    newest = sorted(begun, key=begun.__getitem__, reverse=True)
    return newest[MOST_PENDING - 1 :]
