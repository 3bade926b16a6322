"""Levels of assurance as the postbox meets them: four ordered words, told by the gate as ``acr`` values.

Nothing unknown ever becomes a level. The words and URIs are those of the gate's interface, not of its code.
"""

from postbox.errors import NotAuthenticated

LEVELS = ("basic", "low", "substantial", "high")  # ascending
_EIDAS = "http://eidas.europa.eu/LoA/"


def reaches(level: str, needed: str) -> bool:
    """Whether ``level`` is at least ``needed``; both must be of LEVELS, anything else raises ValueError."""
    return LEVELS.index(level) >= LEVELS.index(needed)


def acr_of(level: str, issuer: str) -> str:
    """The ``acr`` value to ask the gate for; ``basic`` is no eIDAS level and has a URI under the issuer."""
    if level == "basic":
        return f"{issuer}/loa/basic"
    return _EIDAS + LEVELS[LEVELS.index(level)]


def level_of(acr: object, issuer: str) -> str:
    """Read the ``acr`` of an ID token. Raises NotAuthenticated for anything the gate does not advertise."""
    for level in LEVELS:
        if acr == acr_of(level, issuer):
            return level
    raise NotAuthenticated("the login carries no known level of assurance", code="login-level-unknown")
