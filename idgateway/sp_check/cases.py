"""What is tried: the catalogue's entries, and deliveries that only a browser can get wrong. Pure."""

from dataclasses import dataclass

REFUSE, ACCEPT = "refuse", "accept"
DELIVERY = "delivery"  # the family of our own cases
REPLAY = "replay"
OTHER_BROWSER = "other-browser"
RELAY = "relay-state-"  # entries whose answer is sound: only what becomes of the RelayState counts


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to try, with what a sound service does with it."""

    name: str
    family: str
    title: dict[str, str]  # language → words
    rule: str
    expectation: str  # REFUSE or ACCEPT

    @property
    def fault(self) -> str:
        """Which broken answer to ask of the stand-in; empty for a sound one."""
        return "" if self.family == DELIVERY else self.name


OWN_FAMILY = {DELIVERY: {"de": "Zustellung", "en": "Delivery"}}
OWN = (
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
)


def chosen(cases: tuple[Case, ...], *, only: tuple[str, ...], without: tuple[str, ...]) -> tuple[Case, ...]:
    """Those that were asked for: by name, by the beginning of a name with ``*``, or by family.

    Raises ValueError for a word that means none of them.
    """
    for word in (*only, *without):
        if not any(_meant(case, word) for case in cases):
            raise ValueError(word)
    kept = tuple(case for case in cases if not only or any(_meant(case, word) for word in only))
    return tuple(case for case in kept if not any(_meant(case, word) for word in without))


def _meant(case: Case, word: str) -> bool:
    if word.endswith("*"):
        return case.name.startswith(word[:-1])
    return word in (case.name, case.family)
