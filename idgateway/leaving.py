"""A person leaves the account by its "back to the service": there is no answer then, only the browser (BundID 9.5)."""

from datetime import datetime
from typing import NoReturn

from idgateway import attempt as rules
from idgateway.errors import AttemptLost, LoginCancelled, WrongBrowser
from idgateway.gate import Gate
from idgateway.login import ended, on_behalf_of
from idgateway.store import attempts


def leave(gate: Gate, ticket: str, *, browser: str, now: datetime, refused: bool = False) -> NoReturn:
    """Tell what a way back without an answer means; ``refused`` where the account refused our request (``idp.code``).

    Anybody may know this address, so it ends no login and burns no attempt: an answer that still comes counts.
    Raises LoginEnded in the browser that set out, LoginCancelled in any other; AttemptLost.
    """
    with gate.database.read() as connection:
        found = attempts.find(connection, rules.read_back_ticket(ticket))
    if found is None:
        raise AttemptLost("no attempt stands behind this way back", code="attempt-unknown")
    with on_behalf_of(found):
        if found.state == rules.DONE or now >= found.expires_at:
            raise AttemptLost(
                "left after the end", code="attempt-used" if found.state == rules.DONE else "attempt-expired"
            )
        try:
            rules.check_browser(found, browser)
        except WrongBrowser:
            raise LoginCancelled("left in another browser") from None
    raise ended(found, "request-faulty" if refused else "login-cancelled")
