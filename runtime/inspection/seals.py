"""Seals: what each signing service says of its credential now, and when certificates end, the demo's own too."""

from collections.abc import Iterator
from datetime import datetime

from keys.certificates import owner_of
from keys.custody import FileCustody
from keys.errors import KeysError
from keys.keyring import Purpose
from postbox.channels.csc import SigningService
from postbox.errors import ChannelDown, SealRefused, SetupWrong
from postbox.settings import RemoteSeal
from runtime.findings import Finding, good, warning, wrong
from runtime.inspection.expiry import alarm, when
from runtime.inspection.machine import check_secret_file
from runtime.settings import Settings


def check_seals(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Secrets are private, each service answers, and what it answers may seal; nothing is sealed for it."""
    postbox = settings.postbox
    yield from _vault(settings, now)
    for seal in postbox.remote_seals if postbox else ():
        subject = f"remote seal of {seal.authority}"
        for path in (seal.client_secret_file, seal.pin_file):
            if path is not None:
                yield check_secret_file(subject, path)
        yield from _service(seal, subject, now)
    if postbox and postbox.remote_seals and not postbox.time_stamp_services:
        told = "Without a time-stamping authority seals are B-B and say nothing of revocation."
        yield warning("remote seals", told, "Name a [[postbox.time_stamp_service]], or keep revocation lists.")


def _vault(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The vault's seals of the demo, each by its newest key; what else is wrong with keys is told elsewhere."""
    postbox = settings.postbox
    if postbox is None or not postbox.demo:
        return
    try:
        ring = FileCustody(postbox.keys_directory).load()
    except KeysError:
        return
    sealing = [key.certificate for key in ring.usable(Purpose.DOCUMENT_SEALING, now) if key.certificate]
    for town in postbox.authorities:
        newest = next((one for one in sealing if owner_of(one) == town.ars), None)
        if newest is not None and alarm(newest.not_valid_after_utc, now):
            told = f"Its certificate ends {when(newest.not_valid_after_utc, now)}."
            cure = (
                f"Run: idgateway keys rotate postbox document-sealing --authority {town.ars}, then restart the postbox."
            )
            yield warning(f"demo seal of {town.ars}", told, cure)


def _service(seal: RemoteSeal, subject: str, now: datetime) -> Iterator[Finding]:
    try:
        credential = SigningService.of(seal).credential(now)
    except (SealRefused, SetupWrong) as error:
        cure = "Compare [[postbox.remote_seal]] with what the service's operator gave you."
        yield wrong(subject, f"{error.detail} ({error.code})", cure)
        return
    except ChannelDown as error:
        yield warning(
            subject, error.detail, "Notices that ask for it are not taken until it answers; ask its operator."
        )
        return
    first = min((*credential.certificates, *credential.issuers), key=lambda one: one.not_valid_after_utc)
    ends = first.not_valid_after_utc
    if alarm(ends, now):
        told = f"A certificate of the seal ends {when(ends, now)}."
        yield warning(subject, told, "Order the next one from the service's operator, and pin its anchor.")
    else:
        yield good(subject, f"The service answers; its certificates last until {ends:%Y-%m-%d}.")
