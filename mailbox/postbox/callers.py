"""Who asks for something in the name of an authority, and what their token lets them."""

from dataclasses import dataclass
from typing import Final

from postbox.errors import NotAllowed

WRITE_NOTICES: Final = "notices:write"
READ_NOTICES: Final = "notices:read"
WRITE_RECIPIENTS: Final = "recipients:write"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: a client of the gate acting for one authority, or a caseworker at our own pages."""

    client: str
    authority: str  # ARS
    scopes: frozenset[str]
    actor: str = ""  # caseworker's pseudonym; empty: the client itself

    @property
    def acts_as(self) -> str:
        """What evidence calls the caller: never a name."""
        return self.actor or self.client


def check_scope(caller: Caller, scope: str) -> None:
    """The caller's token must carry the scope. Raises NotAllowed."""
    if scope not in caller.scopes:
        raise NotAllowed(f"The token lacks the scope {scope}.", code="insufficient-scope")
