"""Keys: there, complete, readable by their user only, and valid for a while."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from keys.custody import FileCustody
from keys.errors import KeyMissing, KeysError
from keys.keyring import GATE_PURPOSES, POSTBOX_PURPOSES, Key, Keyring, Purpose
from runtime.findings import Finding, good, warning, wrong
from runtime.inspection.expiry import alarm, when
from runtime.settings import Settings


def check_keys(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The keys of each configured house."""
    if settings.gate:
        yield from check_directory("gate", settings.gate.keys_directory, GATE_PURPOSES, now)
    if settings.postbox:
        yield from check_directory("postbox", settings.postbox.keys_directory, POSTBOX_PURPOSES, now)


def check_directory(house: str, directory: Path, purposes: tuple[Purpose, ...], now: datetime) -> Iterator[Finding]:
    """One house's folder of keys: rights and shape as the vault demands them, a current key per purpose."""
    subject = f"keys of the {house}"
    try:
        ring = FileCustody(directory).load()
    except KeysError as error:
        cause, _, cure = (error.detail or error.code).partition("; ")  # the vault names both in one sentence
        yield wrong(subject, f"{cause}.", cure or f"Run: idgateway keys create {house}")
        return
    troubles = [found for purpose in purposes for found in _purpose(subject, ring, purpose, now)]
    if not any(found.verdict == "wrong" for found in troubles):
        yield good(subject, f"All {len(purposes)} purposes have a current key; nobody else can read them.")
    yield from troubles


def _purpose(subject: str, ring: Keyring, purpose: Purpose, now: datetime) -> Iterator[Finding]:
    house = subject.rpartition(" ")[2]
    try:
        key = ring.current(purpose, now)
    except KeyMissing:
        yield wrong(subject, f"There is no key for {purpose}.", f"Run: idgateway keys create {house}")
        return
    except KeysError as error:
        yield wrong(subject, f"{error.detail or error.code}.", f"Run: idgateway keys rotate {house} {purpose}")
        return
    yield from _ending(subject, key, now)


def _ending(subject: str, key: Key, now: datetime) -> Iterator[Finding]:
    ends = [key.not_after, key.certificate.not_valid_after_utc if key.certificate else None]
    known = [end for end in ends if end]
    if known and alarm(min(known), now):
        cure = f"Run: idgateway keys rotate {subject.rpartition(' ')[2]} {key.purpose}, then publish the new metadata."
        yield warning(subject, f"The key for {key.purpose} ends {when(min(known), now)}.", cure)
