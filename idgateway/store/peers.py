"""Rows of identity providers' metadata: the last good document of each, when to look again, and what was told today."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from idgateway.store.tables import alarms_raised, peer_metadata
from idgateway.store.writing import insert_new


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of one provider; ``document`` and ``entity_id`` are empty while nothing was taken."""

    provider: str
    entity_id: str
    document: bytes
    digest: bytes
    taken_at: datetime | None
    looked_at: datetime | None
    due_at: datetime
    fault: str


_SAME = peer_metadata.c.provider == bindparam("name")
_FIND = select(peer_metadata).where(_SAME)
_DIGESTS = select(peer_metadata.c.provider, peer_metadata.c.digest)
_CLAIM = (
    update(peer_metadata).where(_SAME, peer_metadata.c.due_at <= bindparam("now")).values(due_at=bindparam("until"))
)
_TAKE = (
    update(peer_metadata)
    .where(_SAME, peer_metadata.c.digest != bindparam("sum"))
    .values(
        entity_id=bindparam("peer"), document=bindparam("content"), digest=bindparam("sum"), taken_at=bindparam("now")
    )
)
_NOTE_GOOD = update(peer_metadata).where(_SAME).values(looked_at=bindparam("now"), due_at=bindparam("due"), fault="")
_NOTE_FAULT = update(peer_metadata).where(_SAME).values(due_at=bindparam("due"), fault=bindparam("code"))


def find(connection: Connection, provider: str) -> Kept | None:
    """What is kept of this provider."""
    row = connection.execute(_FIND, {"name": provider}).first()
    return None if row is None else Kept(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def all_kept(connection: Connection) -> dict[str, Kept]:
    """What is kept of each provider."""
    rows = connection.execute(select(peer_metadata)).all()
    return {row.provider: Kept(**row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name for it


def digests(connection: Connection) -> dict[str, bytes]:
    """The digest of each provider's document: cheap enough to be asked often."""
    return {row.provider: row.digest for row in connection.execute(_DIGESTS)}


def begin(connection: Connection, provider: str, now: datetime) -> None:
    """Make the row of a provider that has none; a look is due at once."""
    row = {"provider": provider, "entity_id": "", "document": b"", "digest": b"", "due_at": now, "fault": ""}
    insert_new(connection, peer_metadata, row)


def claim(connection: Connection, provider: str, now: datetime, until: datetime) -> bool:
    """Take the look that is due, if nobody else does; whoever dies over it leaves it to the next one at ``until``."""
    return bool(connection.execute(_CLAIM, {"name": provider, "now": now, "until": until}).rowcount)


def take(
    connection: Connection, provider: str, *, entity_id: str, document: bytes, digest: bytes, now: datetime
) -> bool:
    """Put a document in the place of the one that is kept; False where it is the same."""
    values = {"name": provider, "peer": entity_id, "content": document, "sum": digest, "now": now}
    return bool(connection.execute(_TAKE, values).rowcount)


def note_good(connection: Connection, provider: str, *, now: datetime, due: datetime) -> None:
    """The source was read and found good; look again when it is due."""
    connection.execute(_NOTE_GOOD, {"name": provider, "now": now, "due": due})


def note_fault(connection: Connection, provider: str, *, code: str, due: datetime) -> None:
    """The look failed; what is kept stays."""
    connection.execute(_NOTE_FAULT, {"name": provider, "code": code, "due": due})


def raise_alarm(connection: Connection, *, day: datetime, kind: str, name: str, threshold: int) -> bool:
    """Note that an end is told today; False if it was already. Yesterday's notes go."""
    connection.execute(delete(alarms_raised).where(alarms_raised.c.day < day))
    return insert_new(connection, alarms_raised, {"day": day, "kind": kind, "name": name, "threshold": threshold})
