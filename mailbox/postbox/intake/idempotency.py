"""The same request twice is one notice: the key is claimed before the work and answered in its transaction."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import Connection

from keys.derivation import derive
from keys.keyring import Purpose
from postbox.callers import Caller
from postbox.context import Postbox
from postbox.errors import IdempotencyConflict, IdempotencyInFlight
from postbox.store import idempotency

CLAIM_LIFETIME: Final = timedelta(seconds=60)  # then a claim is thought to be of a process that died


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to answer a key, or the answer that is there already."""

    row: Mapping[str, Any]
    answer: Mapping[str, Any] | None

    def settle(self, connection: Connection, answer: Mapping[str, Any]) -> None:
        """Store the answer in the work's own transaction. Raises IdempotencyInFlight: another took the claim over."""
        if not idempotency.answer(connection, self.row, json.dumps(dict(answer))):
            raise IdempotencyInFlight("Another request with this key took over.")


def fingerprint(postbox: Postbox, content: Mapping[str, Any], digests: Sequence[bytes], now: datetime) -> bytes:
    """What makes two requests the same: their JSON and their documents. Keyed, because content can be guessed."""
    key = postbox.keyring.usable(Purpose.DERIVATION, now)[-1]  # the oldest: a rotation does not change what was same
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return derive(key, "idempotency", text, *(digest.hex() for digest in digests))


@contextmanager
def claimed(postbox: Postbox, caller: Caller, key: str, digest: bytes, now: datetime) -> Iterator[Claim]:
    """Claim a key for the block; a block that fails gives it back.

    Raises IdempotencyConflict (other content), IdempotencyInFlight (still running).
    """
    claim = _claim(postbox, caller, key, digest, now)
    try:
        yield claim
    except BaseException:
        with postbox.database.write() as connection:
            idempotency.release(connection, claim.row)
        raise


def _claim(postbox: Postbox, caller: Caller, key: str, digest: bytes, now: datetime) -> Claim:
    # Precisions 34: the scope of a key is client and authority.
    row = {
        "client": caller.client,
        "authority": caller.authority,
        "key": key,
        "digest": digest,
        "claim": secrets.token_hex(16),
        "claimed_until": now + CLAIM_LIFETIME,
        "created_at": now,
    }
    with postbox.database.write() as connection:
        found = idempotency.claim(connection, row, now)
    if not compare_digest(found["digest"], digest):
        raise IdempotencyConflict("This Idempotency-Key was used with other content.")
    if found["answer"] is None and found["claim"] != row["claim"]:
        raise IdempotencyInFlight("A request with this Idempotency-Key is still running.")
    return Claim(row=row, answer=json.loads(found["answer"]) if found["answer"] else None)
