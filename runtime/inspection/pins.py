"""The gate's entityIDs and its accounts' issuers: those it began with are those it must keep."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from idgateway.pinning import changed
from idgateway.store.pins import pinned_entity_ids
from runtime.database import is_current, open_database
from runtime.errors import FrontDoorError
from runtime.findings import Finding, good, wrong
from runtime.settings import Settings


def check_entity_ids(settings: Settings) -> Iterator[Finding]:
    """Each account is the one of the first start. A database that is not ready is told elsewhere."""
    if settings.gate is None:
        return
    pinned = _pinned(settings.gate.database_url)
    found = [wrong(subject, cause, f"{cure}.") for subject, cause, cure in changed(settings.gate, pinned)]
    yield from found
    accounts = {saml.name for saml in settings.gate.saml} | {oidc.name for oidc in settings.gate.oidc}
    kept = pinned.keys() & accounts
    if kept and not found:
        yield good("entityIDs", f"As at the first start: {', '.join(sorted(kept))}.")


def _pinned(url: str) -> Mapping[str, str]:
    # An SQLite file that is not there yet is not made.
    if url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:///")).exists():
        return {}
    try:
        database = open_database(url)
        try:
            if not is_current(database, "gate"):
                return {}
            with database.read() as connection:
                return pinned_entity_ids(connection)
        finally:
            database.close()
    except (FrontDoorError, SQLAlchemyError):
        return {}
