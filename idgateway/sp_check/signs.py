"""How one tells at a foreign service that somebody is logged in: signs, kept only where they proved right. Pure.

Two honest logins, a stranger, nonsense and an honest "cancelled" calibrate: a sign counts when it says yes to both
logins and no to all others. What a person names (``--success-…``) replaces what was guessed, and is proved alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idgateway.sp_check.errors import CheckVoid
from idgateway.sp_check.evidence import Place, Stop, Trace, common_place
from idgateway.sp_check.themes import Said


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the person at the keyboard says about success; empty where nothing is said."""

    url: str = ""  # part of the last address
    cookie: str = ""  # name
    text: str = ""  # on the last page, or on the protected one

    @property
    def given(self) -> bool:
        """Whether anything is said."""
        return bool(self.url or self.cookie or self.text)


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One way to tell: its key, what it looks at in words, and what it says of a delivery."""

    key: str
    looks_at: Said
    says: Callable[[Trace], bool]
    strong: bool = True


@dataclass(frozen=True, kw_only=True)
class Signs:
    """All that proved right for this service."""

    kept: tuple[Sign, ...]

    def logged_in(self, trace: Trace) -> bool | None:
        """Yes, no, or None where the signs contradict each other."""
        strong = [sign.says(trace) for sign in self.kept if sign.strong] or [sign.says(trace) for sign in self.kept]
        hint = any(sign.says(trace) for sign in self.kept if sign.key == "name")
        if all(strong):
            return True
        return None if any(strong) or hint else False

    @property
    def only_weak(self) -> bool:
        """Whether there was nothing better than a title, a cookie or a name on a page."""
        return not any(sign.strong for sign in self.kept)

    @property
    def words(self) -> tuple[Said, ...]:
        """What was looked at, for the report."""
        relied = [sign for sign in self.kept if sign.strong] or list(self.kept)
        return tuple(sign.looks_at for sign in relied)


def door_of(first: Stop, second: Stop) -> str:
    """The protected page: where both honest logins ended, if that is one address which can be opened again."""
    place = common_place(first.url, second.url)
    return first.url if place and place.steady and first.status else ""


def calibrate(sound: tuple[Trace, ...], others: tuple[Trace, ...], names: tuple[str, ...], wanted: Wanted) -> Signs:
    """Keep the signs that say yes to the honest logins and no to everybody else.

    Args:
        sound: honest logins, at least two.
        others: a stranger, nonsense, a cancelled login.
        names: words of the person's name that a service may show.
        wanted: what was named at the command line.

    Raises:
        CheckVoid: no sign tells them apart; what was named does not hold.
    """
    offered = _named(wanted) if wanted.given else _guessed(sound, others, names)
    kept = tuple(sign for sign in offered if _proved(sign, sound, others))
    for sign in offered:
        if wanted.given and sign not in kept:
            raise CheckVoid(*_not_proved(sign, sound))
    if not kept:
        where = f"{sound[0].stop.shown} (status {sound[0].stop.status}, “{sound[0].stop.title}”)"
        cause = f"After the honest login the browser stands at {where}, and nothing there tells it from a refused one."
        raise CheckVoid(cause, "Say how to tell: --success-url, --success-cookie or --success-text.")
    return Signs(kept=kept)


def _proved(sign: Sign, sound: tuple[Trace, ...], others: tuple[Trace, ...]) -> bool:
    return all(sign.says(trace) for trace in sound) and not any(sign.says(trace) for trace in others)


def _not_proved(sign: Sign, sound: tuple[Trace, ...]) -> tuple[str, str]:
    stop = sound[0].stop
    if all(sign.says(trace) for trace in sound):
        return (
            f"{sign.looks_at['en']}: this holds without a login, too.",
            "Name something only a logged-in person gets.",
        )
    cookies = ", ".join(sorted(sound[0].cookies)) or "none"
    cause = f"{sign.looks_at['en']}: this does not hold after an honest login."
    return cause, f"It ended at {stop.shown} (status {stop.status}, “{stop.title}”), new cookies: {cookies}."


def _named(wanted: Wanted) -> list[Sign]:
    signs = []
    if wanted.url:
        looks_at = {"de": f"die letzte Adresse enthält {wanted.url}", "en": f"the last address contains {wanted.url}"}
        signs.append(Sign(key="url", looks_at=looks_at, says=lambda trace: _ended_at(wanted.url, trace.stop)))
    if wanted.cookie:
        signs.append(_cookie_sign(frozenset({wanted.cookie}), strong=True))
    if wanted.text:
        looks_at = {"de": f"eine Seite zeigt „{wanted.text}“", "en": f"a page shows “{wanted.text}”"}
        signs.append(Sign(key="text", looks_at=looks_at, says=_shows((wanted.text,))))
    return signs


def _guessed(sound: tuple[Trace, ...], others: tuple[Trace, ...], names: tuple[str, ...]) -> list[Sign]:
    first, second = sound[0].stop, sound[1].stop
    signs = []
    place = common_place(first.url, second.url)
    if place is not None:
        signs.append(_landing(place, first.status))
    if sound[0].door is not None:
        signs.append(_door(sound[0].door))
    cookies = frozenset.intersection(*(trace.cookies for trace in sound))
    signs.append(_cookie_sign(cookies - frozenset().union(*(trace.cookies for trace in others)), strong=False))
    return [*signs, _title(first.title), _name(names)]


def _ended_at(part: str, stop: Stop) -> bool:
    return stop.handed is None and part in stop.url


def _title(title: str) -> Sign:
    looks_at = {"de": f"die Seite heißt „{title}“", "en": f"the page is titled “{title}”"}
    return Sign(key="title", looks_at=looks_at, says=lambda trace: trace.stop.title == title != "", strong=False)


def _name(names: tuple[str, ...]) -> Sign:
    looks_at = {"de": "eine Seite zeigt den Namen der Person", "en": "a page shows the person's name"}
    return Sign(key="name", looks_at=looks_at, says=_shows(names), strong=False)


def _landing(place: Place, status: int) -> Sign:
    def says(trace: Trace) -> bool:
        return trace.stop.handed is None and trace.stop.status == status and place.fits(trace.stop.url)

    where = f"{place.shown} (Status {status})"
    looks_at = {"de": f"die Anmeldung endet bei {where}", "en": f"the login ends at {where}"}
    return Sign(key="landing", looks_at=looks_at, says=says)


def _door(honest: Stop) -> Sign:
    """The protected page opens: same address, status and title as for a person who is honestly logged in."""
    expected = _print(honest)

    def says(trace: Trace) -> bool:
        return trace.door is not None and _print(trace.door) == expected

    looks_at = {
        "de": f"{honest.shown} öffnet sich danach in diesem Browser",
        "en": f"{honest.shown} opens afterwards in that browser",
    }
    return Sign(key="door", looks_at=looks_at, says=says)


def _print(stop: Stop) -> tuple[object, ...]:
    return (stop.shown, stop.status, stop.title, stop.handed is None)


def _cookie_sign(names: frozenset[str], *, strong: bool) -> Sign:
    words = ", ".join(sorted(names))
    looks_at = {"de": f"ein neues Cookie {words}", "en": f"a new cookie {words}"}
    return Sign(key="cookie", looks_at=looks_at, says=lambda trace: bool(names & trace.cookies), strong=strong)


def _shows(words: tuple[str, ...]) -> Callable[[Trace], bool]:
    def says(trace: Trace) -> bool:
        seen = "".join(stop.text for stop in (trace.stop, trace.door) if stop is not None).casefold()
        return any(word.casefold() in seen for word in words)

    return says
