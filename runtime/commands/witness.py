"""``witness``: watch the logs of other postboxes and sign what one saw (C2SP tlog-witness)."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.commands.options import VARIABLE

if TYPE_CHECKING:
    from runtime.commands.options import Commands


def add_witness(commands: "Commands") -> None:
    """Declare ``witness``."""
    parser = commands.add_parser("witness", help="watch the log of another postbox, e.g. a neighbouring town's")
    parser.add_argument("name", metavar="NAME", help="how the signatures call it, e.g. zeuge.bensheim.example")
    parser.add_argument(
        "anchors", nargs="+", type=Path, metavar="ANCHORS", help="anchors.json of the postboxes watched"
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="its key and what it saw: keep it")
    parser.add_argument("--listen", default="127.0.0.1:8090", metavar="ADDRESS", help="(%(default)s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make its key where it is missing, say what others pin, serve until Ctrl-C."""
    from datetime import UTC, datetime

    from postbox.errors import PostboxError
    from postbox.witness.app import build
    from postbox.witness.settings import WitnessSettings
    from runtime.errors import SettingsError
    from runtime.supervisor import Child, refuse_taken
    from runtime.supervisor import run as supervise

    refuse_taken([options.listen])
    data = options.data.absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    logs = tuple(log for path in options.anchors for log in _logs(path))
    try:
        key = build(WitnessSettings(name=options.name, directory=data, logs=logs), datetime.now(UTC)).verifier_key
    except PostboxError as error:
        raise SettingsError(error.detail) from None
    config = data / "witness.toml"
    config.write_text(f"[witness]\nname = {json.dumps(options.name)}\ndirectory = {json.dumps(str(data))}\n", "utf-8")
    with config.open("a", encoding="utf-8") as file:
        file.write(f"logs = {json.dumps(logs)}\n")
    child = Child(
        name="witness",
        target="runtime.wiring:witness_app",
        web=True,
        listen=options.listen,
        environment={VARIABLE: str(config)},
    )
    told = f"The witness is ready at http://{options.listen}. The postbox pins it:\n\n[[postbox.witness]]"
    told += f'\nurl = "https://…"\nverifier_key = "{key}"\n'
    supervise([child], on_ready=lambda: print(told, flush=True))
    return 0


def _logs(path: Path) -> tuple[str, ...]:
    from postbox.errors import EvidenceInvalid
    from postbox.proof.anchors import Anchors
    from runtime.errors import PartMissing

    try:
        return Anchors.from_json(path.read_bytes()).log_keys
    except OSError:
        raise PartMissing(f"{path} cannot be read.") from None
    except EvidenceInvalid:
        cure = "Fetch it from the postbox: /anchors.json"
        raise PartMissing(f"{path} holds no anchors of a postbox.", cure) from None
