"""Lets outsiders attest the newest checkpoint. It runs beside the delivery: whoever does not answer delays nobody.

A time stamp is renewed before its certificate or its algorithms end as RFC 4998 renews archives, by a fresh one over
what the old one covers. The tree makes that simple: each new checkpoint holds every entry of those before it, so its
token is the renewal of all of theirs. And there is a new checkpoint every day, because the nightly self-audit is an
entry of the log; an authority that is exchanged in the settings therefore stamps the whole past within a day.

An event's legal time is the recorded one; a time stamp proves that it is not later than that. Nothing is lost while an
authority is away: its next token covers everything before it, and whoever asks sees the weaker state until then.
"""

import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from keys.errors import KeysError
from keys.timestamp import NONCE_BITS
from postbox import journal
from postbox.channels import timestamps, witnesses
from postbox.context import Postbox
from postbox.delivery.chores import is_due
from postbox.delivery.log import consistency_path
from postbox.errors import ChannelDown, PostboxError
from postbox.journal import Happened
from postbox.proof.notes import COSIGNATURE, read_verifier_key
from postbox.settings import Witness
from postbox.store import attestations, log

STAMPING: Final = "time-stamp"
WITNESSING: Final = "witness"


def attest_due(postbox: Postbox, now: datetime) -> int:
    """Ask for what is missing, as often as configured; how many attestations came. Any number of workers may run."""
    every = timedelta(seconds=postbox.settings.time_stamp_seconds)
    stamped = 0
    if postbox.stamping and is_due(postbox, STAMPING, now, every):
        stamped = int(time_stamp(postbox))
        sound_time_stamp_alarm(postbox)
    witnessed = 0
    if postbox.settings.witnesses and is_due(postbox, WITNESSING, now, every):
        witnessed = sum(ask_witness(postbox, witness) for witness in postbox.settings.witnesses)
    return stamped + witnessed


def time_stamp(postbox: Postbox) -> bool:
    """Have the newest checkpoint's whole signed note stamped by the first authority that can; whether one did."""
    with postbox.database.read() as connection:
        newest, reach = log.last_checkpoint(connection), attestations.reach(connection)
    if newest is None or newest["size"] <= reach.timestamped:
        return False
    note = str(newest["note"]).encode()
    return any(_stamped_by(postbox, authority, newest["size"], note) for authority in postbox.stamping)


def ask_witness(postbox: Postbox, witness: Witness) -> bool:
    """Have the newest checkpoint cosigned, with the proof that it continues what this witness saw; whether it did."""
    name, _ = read_verifier_key(witness.verifier_key, COSIGNATURE)
    with postbox.database.read() as connection:
        newest, known = log.last_checkpoint(connection), attestations.witnessed_size(connection, name)
    if newest is None or newest["size"] <= known:
        return False
    prove = partial(consistency_path, postbox)
    try:
        line, said = witnesses.cosignature(witness, newest["note"], known, prove, postbox.clock())
    except (PostboxError, KeysError) as error:
        journal.note(Happened.WITNESS_FAILED, witness=name, code=error.code)
        return False
    row = {"size": newest["size"], "witness": name, "line": line, "at": said.at}
    with postbox.database.write() as connection:
        attestations.add_cosignature(connection, row)
    journal.note(Happened.WITNESSED, witness=name, entries=newest["size"])
    return True


def sound_time_stamp_alarm(postbox: Postbox) -> int:
    """Say in the log for how many seconds the oldest event without a time stamp has waited, if too long; else 0."""
    with postbox.database.read() as connection:
        reach = attestations.reach(connection)
        oldest = attestations.oldest_without_time_stamp(connection, reach.timestamped)
    waited = int((postbox.clock() - oldest).total_seconds()) if oldest else 0
    if waited <= postbox.settings.time_stamp_alarm_seconds:
        return 0
    journal.note(Happened.TIME_STAMP_LATE, seconds=waited)
    return waited


def _stamped_by(postbox: Postbox, authority: timestamps.Authority, size: int, note: bytes) -> bool:
    nonce = secrets.randbelow((1 << NONCE_BITS) - 1) + 1
    try:
        token, stated = timestamps.stamp(authority, note, nonce=nonce, now=postbox.clock())
    except (ChannelDown, KeysError) as error:
        journal.note(Happened.TIME_STAMP_FAILED, service=authority.name, code=error.code)
        return False
    row = {"size": size, "service": authority.name, "token": token, "at": stated.at, "received_at": postbox.clock()}
    with postbox.database.write() as connection:
        attestations.add_time_stamp(connection, row)
    journal.note(Happened.TIME_STAMPED, service=authority.name, entries=size)
    return True
