"""``verify``: a proof bundle, offline, against anchors that never come from the bundle."""

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.commands.options import add_json

if TYPE_CHECKING:
    from postbox.proof.anchors import Anchors
    from postbox.proof.stamping import StampingList
    from runtime.commands.options import Commands

SIGNS = {"ok": "✓", "failed": "✗", "not-proven": "–"}


def add_verify(commands: "Commands") -> None:
    """Declare ``verify``."""
    parser = commands.add_parser("verify", help="verify a proof bundle offline")
    parser.add_argument("file", type=Path, metavar="FILE", help="the proof bundle (ZIP)")
    parser.add_argument(
        "--trust", type=Path, metavar="FILE", help="the postbox's anchors.json, from a source you trust (needed)"
    )
    told = "a trusted list (ETSI TS 119 612): then it is computed whether the time stamps are qualified"
    parser.add_argument("--trusted-list", type=Path, metavar="FILE", help=told)
    told = "who must have signed that list (PEM or DER); needed with it"
    parser.add_argument("--list-signer", type=Path, metavar="FILE", action="append", default=[], help=told)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print numbered sentences and the verdict; 1 when a check failed."""
    from postbox.proof.verify import verify
    from runtime.errors import PartMissing

    if not options.file.is_file():
        raise PartMissing(f"{options.file} cannot be read.")
    anchors = replace(_anchors(options.trust), stamping=_stamping(options.trusted_list, options.list_signer))
    report = verify(options.file, anchors, datetime.now(UTC))
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
        return int(not report.ok)
    for step in report.steps:
        print(f"{step.number:>2}. {SIGNS[step.status.value]} {step.sentence(options.language)}")
    print(f"\n{report.verdict(options.language)}")
    return int(not report.ok)


def _stamping(path: Path | None, signers: list[Path]) -> "StampingList | None":
    if path is None:
        return None
    from postbox.errors import TrustUnreadable
    from postbox.seals.trust import read_trust
    from postbox.settings import TrustSettings
    from runtime.errors import PartMissing

    try:
        found = read_trust(TrustSettings(trusted_list_file=path, trusted_list_certificates=tuple(signers)))
    except TrustUnreadable as error:
        raise PartMissing(error.detail, "Name who signs it with --list-signer, or fetch both again.") from None
    return found.listed.of_stamps() if found.listed else None


def _anchors(path: Path | None) -> "Anchors":
    from postbox.errors import EvidenceInvalid
    from postbox.proof.anchors import Anchors
    from runtime.errors import PartMissing

    if path is None:
        cure = "Name the postbox's anchors with --trust; its operator makes them with: idgateway keys export-anchors"
        raise PartMissing("A proof cannot vouch for itself.", cure)
    try:
        return Anchors.from_json(path.read_bytes())
    except OSError:
        raise PartMissing(f"{path} cannot be read.") from None
    except EvidenceInvalid:
        raise PartMissing(f"{path} holds no trust anchors.", "It must be what `keys export-anchors` wrote.") from None
