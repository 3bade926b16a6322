"""Levels of assurance: ordered, exact, and without a default.

An unknown or missing level never becomes a level: every reader here raises instead.
Sources: BundID interface description 5 (STORK tokens), Implementing Regulation (EU) 2015/1502 (low, substantial, high).
"""

from enum import IntEnum

from idgateway.errors import UnknownLevel


class Level(IntEnum):
    """A level of assurance, ordered: ``BASIC < LOW < SUBSTANTIAL < HIGH``.

    ``BASIC`` is BundID's Basisregistrierung: user name and password, explicitly not a level of trust.
    """

    BASIC = 1
    LOW = 2
    SUBSTANTIAL = 3
    HIGH = 4


_EIDAS = "http://eidas.europa.eu/LoA/"
_NAMES = {"basic": Level.BASIC, "low": Level.LOW, "substantial": Level.SUBSTANTIAL, "high": Level.HIGH}
# The class references of BundID and BayernID, ``STORK-QAA-Level-1`` to ``-4``.
STORK = {f"STORK-QAA-Level-{level.value}": level for level in Level}


def level_from_name(name: str) -> Level:
    """Read ``basic``, ``low``, ``substantial`` or ``high``. Raises UnknownLevel."""
    return _find(_NAMES, name)


def name_of(level: Level) -> str:
    """The word used in configuration, API and stored rows."""
    return level.name.lower()


def stork_of(level: Level) -> str:
    """The class reference BundID expects for this level."""
    return f"STORK-QAA-Level-{level.value}"


def acr_of(level: Level, issuer: str) -> str:
    """The ``acr`` value of a level: an eIDAS URI, or for ``BASIC`` a URI of our own under the issuer.

    Basisregistrierung is no eIDAS level and must never be told as ``low``.
    """
    if level is Level.BASIC:
        return f"{issuer}/loa/basic"
    return _EIDAS + name_of(level)


def _find(table: dict[str, Level], token: str) -> Level:
    try:
        return table[token]
    except KeyError:
        raise UnknownLevel(f"{token!r} is not one of {', '.join(table)}") from None
