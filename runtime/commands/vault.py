"""``keys``: make, list and rotate the keys of a house, and export what others may know."""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.commands.options import HOUSES, add_config

if TYPE_CHECKING:
    from keys.keyring import Key, Keyring, Purpose
    from keys.minting import Owner
    from runtime.commands.options import Commands
    from runtime.settings import Settings


def add_keys(commands: "Commands") -> None:
    """Declare ``keys list|create|rotate|export-public|export-anchors``."""
    parser = commands.add_parser("keys", help="list, create and rotate keys, export their public halves")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    _add(acts, "list", show, "which keys there are, without any secret")
    _add(acts, "create", create, "make a key for every purpose that has none")
    rotating = _add(acts, "rotate", rotate, "make a new current key; the old one still opens and verifies for its time")
    rotating.add_argument("purpose", metavar="PURPOSE", help="as `keys list` calls it")
    told = "publish the new key at once, sign with it from this day on (00:00 UTC): others have time to read it"
    whose = "whose seal (ARS); only for document-sealing"
    rotating.add_argument("--authority", metavar="ARS", default="", help=whose)
    rotating.add_argument("--from", dest="begins", metavar="YYYY-MM-DD", type=_day, help=told)
    _add(acts, "export-public", export_public, "public keys as a JWK Set (RFC 7517)")
    anchors = acts.add_parser("export-anchors", help="what verifiers of proofs must trust, for `verify --trust`")
    add_config(anchors)
    anchors.set_defaults(run=lambda options: _with_errors(export_anchors, options))


def _add(acts: "Commands", name: str, run: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=told)
    parser.add_argument("house", choices=HOUSES)
    add_config(parser)
    parser.set_defaults(run=lambda options: _with_errors(run, options))
    return parser


def _with_errors(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from keys.errors import KeysError
    from runtime.errors import SettingsError

    try:
        return run(options)
    except KeysError as error:
        raise SettingsError(f"Keys: {error.detail or error.code}.") from None


def show(options: argparse.Namespace) -> int:
    """One line per key: purpose, algorithm, window, id."""
    now = datetime.now(UTC)
    directory, purposes = _place(options)
    ring = _load(directory)
    for purpose in (*purposes, *_seals(options)):
        for key in ring.published(purpose, now):
            print(_line(key, _state(key, ring, now)))
    return 0


def _state(key: "Key", ring: "Keyring", now: datetime) -> str:
    if not key.usable_at(now):
        return "announced"
    current = next(one for one in ring.usable(key.purpose, now) if _whose(one) == _whose(key))
    return "current" if key == current else "older"


def _line(key: "Key", state: str) -> str:
    until = f"{key.not_after:%Y-%m-%d}" if key.not_after else "open end  "
    line = f"{key.purpose:<22} {key.algorithm:<15} {state:<9} {key.not_before:%Y-%m-%d} – {until}  {key.kid}"
    return f"{line}  {_whose(key)}".rstrip()


def _whose(key: "Key") -> str:
    """The ARS of the authority whose seal a key makes; empty for every other key."""
    from keys.certificates import owner_of
    from keys.keyring import Purpose

    return owner_of(key.certificate) if key.purpose is Purpose.DOCUMENT_SEALING and key.certificate else ""


def create(options: argparse.Namespace) -> int:
    """Make what is missing; what is there stays."""
    from keys.custody import FileCustody

    directory, purposes = _place(options)
    FileCustody(directory).ensure(purposes, datetime.now(UTC))
    if _seals(options):
        FileCustody(directory).ensure_seals(_owners(options), datetime.now(UTC))
    print(f"{options.house}: {len(purposes)} purposes have a key in {directory}.")
    return 0


def rotate(options: argparse.Namespace) -> int:
    """Make a new current key for one purpose."""
    from keys.custody import FileCustody
    from runtime.errors import SettingsError

    directory, purposes = _place(options)
    known = {str(purpose): purpose for purpose in (*purposes, *_seals(options))}
    if options.purpose not in known:
        raise SettingsError(f"The {options.house} has no purpose {options.purpose!r}.", f"One of {', '.join(known)}.")
    begins = datetime.combine(options.begins, time(), UTC) if options.begins else None
    purpose, now = known[options.purpose], datetime.now(UTC)
    key = FileCustody(directory).rotate(purpose, now, begins, _owner(options, sealing=purpose in _seals(options)))
    since = f"published from now on and current from {key.not_before:%Y-%m-%d}" if begins else "current from now on"
    print(f"{key.purpose}: {key.kid} is {since}. Restart the {options.house}; tell who reads its public half.")
    if not begins and key.purpose == "saml-signing":
        print(
            "Until an account has read our new metadata it refuses our logins; next time, announce the key with --from."
        )
    return 0


def _seals(options: argparse.Namespace) -> "tuple[Purpose, ...]":
    """A seal of the vault can never be qualified: it stands for the authority's own in demo and sandbox only."""
    from keys.keyring import Purpose

    postbox = _settings(options).postbox
    demo = options.house == "postbox" and postbox is not None and postbox.demo
    return (Purpose.DOCUMENT_SEALING,) if demo else ()


def _owners(options: argparse.Namespace) -> "list[Owner]":
    from keys.minting import Owner

    postbox = _settings(options).postbox
    return [Owner(ars=town.ars, name=town.name) for town in postbox.authorities] if postbox else []


def _owner(options: argparse.Namespace, *, sealing: bool) -> "Owner":
    """Whose key is rotated: where there is one authority only, its. Raises SettingsError."""
    from keys.minting import NOBODY
    from runtime.errors import SettingsError

    if not sealing:
        if options.authority:
            raise SettingsError("--authority is for document-sealing only.", "Leave it out.")
        return NOBODY
    owners = _owners(options)
    named = [one for one in owners if one.ars == options.authority] or (owners if not options.authority else [])
    if len(named) != 1:
        told = ", ".join(one.ars for one in owners)
        raise SettingsError("Each authority has a seal of its own.", f"Name one with --authority: {told}")
    return named[0]


def _day(text: str) -> date:
    """A day on the command line. Raises ArgumentTypeError with an example."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write e.g. 2027-01-15") from None


def export_public(options: argparse.Namespace) -> int:
    """The JWK Set others need, on standard output."""
    from keys.jwk import public_jwks
    from keys.keyring import Purpose

    directory, purposes = _place(options)
    secret = {Purpose.CONTENT_SEALING, Purpose.FIELD_SEALING, Purpose.DERIVATION}
    # They travel in the SAML metadata, and in the anchors of proofs.
    certified = {Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION, Purpose.EVIDENCE_SEALING}
    public = tuple(purpose for purpose in purposes if purpose not in secret | certified)
    print(json.dumps(public_jwks(_load(directory), public, datetime.now(UTC)), indent=2))
    return 0


def export_anchors(options: argparse.Namespace) -> int:
    """The postbox's trust anchors, on standard output. Hand them over by a way the reader trusts."""
    from postbox.proof.anchors import Anchors
    from runtime.errors import PartMissing

    postbox = _settings(options).postbox
    if postbox is None:
        raise PartMissing(f"{options.config} has no [postbox].")
    origin = postbox.log_origin or postbox.public_url.partition("://")[2]
    ring = _load(postbox.keys_directory)
    anchors = Anchors.of(ring, issuer=postbox.public_url, log_origin=origin, at=datetime.now(UTC))
    print(anchors.to_json().decode())
    return 0


def _settings(options: argparse.Namespace) -> "Settings":
    from runtime.settings import load

    return load(options.config)


def _load(directory: Path) -> "Keyring":
    from keys.custody import FileCustody

    return FileCustody(directory).load()


def _place(options: argparse.Namespace) -> "tuple[Path, tuple[Purpose, ...]]":
    from keys.keyring import GATE_PURPOSES, POSTBOX_PURPOSES
    from runtime.errors import PartMissing

    house = getattr(_settings(options), options.house)
    if house is None:
        raise PartMissing(f"{options.config} has no [{options.house}].")
    return house.keys_directory, GATE_PURPOSES if options.house == "gate" else POSTBOX_PURPOSES
