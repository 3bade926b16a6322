"""What is tried: the catalogue, sound answers in every manner, logins that end without data, wrong browsers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idgateway.sp_check.errors import CaseUnknown

REFUSE, ACCEPT = "refuse", "accept"
REPLAY = "replay"
OTHER_BROWSER, PLANTED_COOKIE = "other-browser", "planted-cookie"
RELAY = "relay-state-"  # entries whose answer is sound: only what becomes of the RelayState counts
MANNER, OUTCOME, DELIVERY, STATUS = "manner", "outcome", "delivery", "status"
FAMILIES = {
    MANNER: {"de": "Richtige Antworten in jeder Bauart", "en": "Sound answers in every manner"},
    OUTCOME: {"de": "Anmeldungen ohne Ergebnis", "en": "Logins that end without data"},
    DELIVERY: {"de": "Zustellung", "en": "Delivery"},
}
_SWITCHES = ("signed", "signature", "encryption", "transport")  # of the stand-in's manners, those that build an answer
_OPEN = "BundID's papers leave the choice open, so each has to be taken (5.4)"
_OFFSET = 30  # seconds that BundID's clock and the service's may well differ


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to try, with what a sound service does with it."""

    name: str
    family: str
    title: Mapping[str, str]  # language → words
    rule: str
    expectation: str  # REFUSE or ACCEPT
    wishes: tuple[tuple[str, str], ...] = ()  # what to ask of the stand-in; nothing for a sound answer


def catalogued(told: Mapping[str, str | dict[str, str]]) -> Case:
    """A case from an entry of the stand-in's catalogue."""
    name, title = str(told["name"]), told["description"]
    return Case(
        name=name,
        family=str(told["family"]),
        title=title if isinstance(title, dict) else {},
        rule=str(told["rule"]),
        expectation=str(told["expectation"]),
        wishes=(("fault", name),),
    )


def manners(choices: Mapping[str, Sequence[str]]) -> tuple[Case, ...]:
    """Sound answers: each switch of the stand-in by itself, and clocks that differ a little."""
    switched = [
        _manner(f"{switch}-{choice}", (switch, choice), f"{switch}: {choice}", f"{switch}: {choice}")
        for switch in _SWITCHES
        for choice in choices.get(switch, ())
    ]
    skew = "clocks differ: a small skew is allowed for (SAML Core 1.3.3)"
    ahead = ("clock-offset", str(_OFFSET)), f"Uhr {_OFFSET} Sekunden voraus", f"clock {_OFFSET} seconds ahead"
    behind = ("clock-offset", str(-_OFFSET)), f"Uhr {_OFFSET} Sekunden zurück", f"clock {_OFFSET} seconds behind"
    clocks = _manner("clock-ahead", *ahead, rule=skew), _manner("clock-behind", *behind, rule=skew)
    return (*switched, *clocks) if choices else ()


def _manner(name: str, wish: tuple[str, str], german: str, english: str, rule: str = _OPEN) -> Case:
    title = {"de": german, "en": english}
    return Case(name=name, family=MANNER, title=title, rule=rule, expectation=ACCEPT, wishes=(wish,))


def outcomes(told: Sequence[Mapping[str, object]]) -> tuple[Case, ...]:
    """Logins that end without data, each of which a person may meet."""
    return tuple(
        Case(
            name=f"outcome-{one['name']}",
            family=OUTCOME,
            title=one["description"] if isinstance(one["description"], dict) else {},
            rule="no login; a page that says what happened (BundID 9.5, 9.7)",
            expectation=REFUSE,
            wishes=(("outcome", str(one["name"])),),
        )
        for one in told
    )


DELIVERIES = (
    Case(
        name=OTHER_BROWSER,
        family=DELIVERY,
        title={
            "de": "richtige Antwort, von einem Browser überbracht, der diese Anmeldung nie begonnen hat",
            "en": "sound answer, delivered by a browser that never began this login",
        },
        rule="a login ends in the browser that began it (login CSRF; for OAuth: RFC 6819 4.4.1.8)",
        expectation=REFUSE,
    ),
    Case(
        name=PLANTED_COOKIE,
        family=DELIVERY,
        title={
            "de": "nach einer richtigen Anmeldung: ein Browser, der nur die Cookies von davor hat",
            "en": "after a sound login: a browser that has only the cookies of before",
        },
        rule="a login begins a new session (session fixation; OWASP ASVS 4.0, 3.2.1)",
        expectation=REFUSE,
    ),
)


def chosen(cases: tuple[Case, ...], *, only: tuple[str, ...], without: tuple[str, ...]) -> tuple[Case, ...]:
    """Those that were asked for: by name, by the beginning of a name with ``*``, or by family.

    Raises CaseUnknown for a word that means none of them.
    """
    for word in (*only, *without):
        if not any(_meant(case, word) for case in cases):
            raise CaseUnknown(f"Nothing in the catalogue is called {word}.", "See idgateway sp-check --list")
    kept = tuple(case for case in cases if not only or any(_meant(case, word) for word in only))
    return tuple(case for case in kept if not any(_meant(case, word) for word in without))


def _meant(case: Case, word: str) -> bool:
    if word.endswith("*"):
        return case.name.startswith(word[:-1])
    return word in (case.name, case.family)
