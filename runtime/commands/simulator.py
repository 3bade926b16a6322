"""``simulator``: the BundID stand-in alone, for who tests a service provider of his own."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.commands.options import VARIABLE

if TYPE_CHECKING:
    from runtime.commands.options import Commands


def add_simulator(commands: "Commands") -> None:
    """Declare ``simulator``."""
    parser = commands.add_parser("simulator", help="run the BundID stand-in alone")
    parser.add_argument("metadata", nargs="+", type=Path, metavar="METADATA", help="SAML metadata of service providers")
    parser.add_argument("--port", type=int, default=8081, help="on 127.0.0.1 (%(default)s)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep its keys here; otherwise new ones each time")
    parser.add_argument("--clock-offset", type=int, default=0, metavar="SECONDS", help="live that much later")
    parser.add_argument("--legacy-tolerance", action="store_true", help="ignore a bad extension instead of refusing it")
    _add_switches(parser)
    parser.set_defaults(run=run)


def _add_switches(parser: argparse.ArgumentParser) -> None:
    from idgateway.simulator.manner import CHOICES, Manner

    group = parser.add_argument_group("how answers are built, where a request wishes nothing else")
    for switch, choices in CHOICES.items():
        given = [choice for choice in choices if choice]
        default = getattr(Manner(), switch)
        told = f"{', '.join(given)} ({default or 'as with the person'})"
        option = "--" + switch.replace("_", "-")
        group.add_argument(option, choices=given, default=default, metavar=switch.upper(), help=told)


def run(options: argparse.Namespace) -> int:
    """Prepare its identity, serve until Ctrl-C."""
    from idgateway.simulator.identity import prepare
    from runtime.supervisor import Child, Janitor, refuse_taken
    from runtime.supervisor import run as supervise

    listen = f"127.0.0.1:{options.port}"
    refuse_taken([listen])
    with Janitor.hired() as janitor:
        folder = options.data.absolute() if options.data else janitor.temporary_folder("idgateway-simulator-")
        identity = prepare(folder, f"http://{listen}")
        config = folder / "simulator.toml"
        config.write_text(_configuration(f"http://{listen}", folder, options), encoding="utf-8")
        child = Child(
            name="simulator",
            target="runtime.wiring:simulator_app",
            web=True,
            listen=listen,
            environment={VARIABLE: str(config)},
        )
        told = f"The stand-in is ready at http://{listen}, its metadata: {identity}\n{_next(listen)}"
        told += "".join(_unknown(path) for path in options.metadata)
        supervise([child], on_ready=lambda: print(told, flush=True), janitor=janitor)
    return 0


def _next(listen: str) -> str:
    where = "" if listen.endswith(":8081") else f" --simulator http://{listen}"
    return f"To run its wrong answers against your service: idgateway sp-check http://your-service/login{where}"


def _unknown(path: Path) -> str:
    """A line about metadata that tell of no service yet; they may still come, for they are read at every request."""
    from idgateway.simulator.metadata import known_entity_ids

    if known_entity_ids((path,)):
        return ""
    what = "is no metadata of a service provider" if path.exists() else "is not there yet"
    return f"\n{path} {what}: until that is mended, every request of its service is refused."


def _configuration(base_url: str, folder: Path, options: argparse.Namespace) -> str:
    from idgateway.simulator.manner import CHOICES

    values = {
        "base_url": base_url,
        "directory": str(folder),
        "service_providers": [str(path.absolute()) for path in options.metadata],
        "clock_offset_seconds": options.clock_offset,
        "legacy_tolerance": options.legacy_tolerance,
    }
    answers = {switch: getattr(options, switch) for switch in CHOICES}
    return f"[simulator]\n{_lines(values)}\n[simulator.answers]\n{_lines(answers)}"


def _lines(values: dict[str, object]) -> str:
    # A string, a list of them, a number and a boolean of JSON are those of TOML, too.
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
