"""``metadata``: what a SAML account and we tell each other; what a new document of theirs would do to logins."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.commands.options import add_config

if TYPE_CHECKING:
    from idgateway.settings import GateSettings, SamlProvider
    from idgateway.upstream.saml.metadata.theirs import IdentityProvider
    from runtime.commands.options import Commands
    from runtime.database import Database

SIGNS = {"none": "ok     ", "doubtful": "WARNING", "breaks": "BREAKS "}


def add_metadata(commands: "Commands") -> None:
    """Declare ``metadata check|show|refresh``."""
    parser = commands.add_parser("metadata", help="SAML metadata, ours and theirs: show, try a new document, fetch now")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    told = "what a new document would change and break, before it comes; 1 when logins would fail"
    trying = _add(acts, "check", check, told)
    trying.add_argument("provider", metavar="PROVIDER", help="name of a [[gate.saml]]")
    trying.add_argument(
        "source", nargs="?", metavar="FILE|URL", help="the new document (default: the configured source)"
    )
    showing = _add(acts, "show", show, "ours as XML on standard output, what is in use of theirs on standard error")
    showing.add_argument("provider", metavar="PROVIDER", help="name of a [[gate.saml]]")
    renewing = _add(
        acts, "refresh", refresh, "look at the sources now; running gates take what is good within a minute"
    )
    renewing.add_argument("provider", nargs="?", metavar="PROVIDER", help="one account alone")


def _add(acts: "Commands", name: str, run: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=told, description=told)
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=lambda options: _with_errors(run, options))
    return parser


def _with_errors(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from idgateway.errors import GateError
    from keys.errors import KeysError
    from runtime.errors import SettingsError

    try:
        return run(options)
    except (GateError, KeysError) as error:
        raise SettingsError(f"{error.detail or error.code}.", "idgateway check tells what to mend.") from None


def check(options: argparse.Namespace) -> int:
    """The dry run: nothing is kept and nothing is changed."""
    from idgateway.peers.keeping import kept_of, read_kept, terms_with
    from idgateway.upstream.saml.metadata.changes import foresee

    gate, provider = _account(options)
    document = _document(options.source, provider)
    with _database(gate) as database:
        kept = kept_of(database, provider)
    terms = terms_with(kept, provider, demo=gate.demo)
    old = read_kept(kept, terms)
    changes = foresee(document, terms, old, datetime.now(UTC))
    if options.json:
        told = [dataclasses.asdict(change) for change in changes]
        print(json.dumps({"provider": provider.name, "in_use": old is not None, "changes": told}, indent=2))
    else:
        if old is None:
            print(f"{provider.name}: nothing is in use yet to compare with.")
        for change in changes:
            print(f"{SIGNS[change.effect]}  {change.code}: {change.told}")
        print("Nothing was changed.")
    return int(any(change.effect == "breaks" for change in changes))


def show(options: argparse.Namespace) -> int:
    """Ours to hand on (``> our-metadata.xml``), theirs to look at."""
    from idgateway.gate import callback_url
    from idgateway.peers.keeping import known_at_start
    from idgateway.upstream.saml.metadata.ours import service_provider
    from keys.keyring import GATE_PURPOSES
    from runtime.wiring import keyring

    gate, provider = _account(options)
    ring = keyring(gate.keys_directory, GATE_PURPOSES)
    ours = service_provider(provider, ring, callback_url(gate, provider.name), datetime.now(UTC)).decode()
    with _database(gate) as database:
        known = known_at_start(provider, database, demo=gate.demo)
    theirs = _facts(known) if known else None
    if options.json:
        print(json.dumps({"provider": provider.name, "ours": ours, "theirs": theirs}, ensure_ascii=False, indent=2))
        return 0
    print(ours, end="")
    for name, value in (
        theirs or {"theirs": f"nothing yet; fetch it: idgateway metadata refresh {provider.name}"}
    ).items():
        for each in value if isinstance(value, list) else [value]:
            print(f"{name}: {each}", file=sys.stderr)
    return 0


def refresh(options: argparse.Namespace) -> int:
    """Look now; what is good is kept and in use. 1 when a source brought nothing good."""
    from idgateway.peers.refresh import look
    from idgateway.telemetry import Telemetry
    from runtime import logs

    logs.configure("gate")
    gate = _gate(options)
    providers = [_named(gate, options.provider)] if options.provider else list(gate.saml)
    telemetry = Telemetry()
    with _database(gate) as database:
        looked = [look(each, database, datetime.now(UTC), telemetry, demo=gate.demo) for each in providers]
    if options.json:
        print(json.dumps([_outcome(each) for each in looked], ensure_ascii=False, indent=2))
    else:
        for each in map(_outcome, looked):
            print(f"{each['provider']}: {each['outcome']}{'; ' + each['detail'] if each['detail'] else ''}")
    return int(any(each.fault for each in looked))


def _outcome(looked: Any) -> dict[str, str]:
    if looked.fault:
        return {"provider": looked.provider, "outcome": looked.fault.code, "detail": looked.fault.detail}
    return {"provider": looked.provider, "outcome": "taken" if looked.changed else "unchanged", "detail": ""}


def _facts(known: "IdentityProvider") -> dict[str, Any]:
    from keys.certificates import fingerprint

    keys = [
        f"SHA-256 {fingerprint(each)}, {each.not_valid_before_utc:%Y-%m-%d} to {each.not_valid_after_utc:%Y-%m-%d}"
        for each in known.certificates
    ]
    return {
        "entityID": known.entity_id,
        "requests go to": known.sso_url,
        "signing key": keys,
        "validUntil": known.valid_until.isoformat() if known.valid_until else "never ends",
        "document": f"SHA-256 {known.digest.hex()}",
    }


def _document(source: str | None, provider: "SamlProvider") -> bytes:
    from idgateway.peers.sources import content_of, fetched
    from idgateway.upstream.saml.metadata.theirs import file_content

    if source is None:
        return content_of(provider)
    return fetched(source) if "://" in source else file_content(Path(source))


def _account(options: argparse.Namespace) -> "tuple[GateSettings, SamlProvider]":
    gate = _gate(options)
    return gate, _named(gate, options.provider)


def _gate(options: argparse.Namespace) -> "GateSettings":
    from runtime.coherence import refuse_incoherent
    from runtime.errors import PartMissing
    from runtime.settings import load

    settings = load(options.config)
    refuse_incoherent(settings)
    if settings.gate is None:
        raise PartMissing(f"{options.config} has no [gate].")
    return settings.gate


def _named(gate: "GateSettings", name: str) -> "SamlProvider":
    from runtime.errors import PartMissing

    known = {provider.name: provider for provider in gate.saml}
    if name not in known:
        raise PartMissing(f"There is no [[gate.saml]] named {name!r}.", f"One of {', '.join(known) or 'none'}.")
    return known[name]


@contextmanager
def _database(gate: "GateSettings") -> "Iterator[Database]":
    from runtime.wiring import database

    opened = database(gate.database_url, "gate")
    try:
        yield opened
    finally:
        opened.close()
