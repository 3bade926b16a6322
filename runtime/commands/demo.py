"""``demo``: the whole story on this machine, without a trace afterwards unless a data folder is named."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.commands.options import Commands


def add_demo(commands: "Commands") -> None:
    """Declare ``demo``."""
    parser = commands.add_parser("demo", help="run the whole story on this machine and print the links")
    parser.add_argument("--port", type=int, default=8080, help="the first of eight neighbouring ports (%(default)s)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the data in this folder; otherwise they vanish")
    parser.add_argument(
        "--database", default="", metavar="URL", help="PostgreSQL instead of SQLite, e.g. postgresql://u@host/{house}"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prepare a data folder, run everything, and leave nothing behind."""
    from tempfile import gettempdir

    from runtime.demo.ports import OWN, Ports
    from runtime.demo.prepare import prepare
    from runtime.demo.start import processes, welcome
    from runtime.supervisor import Janitor, refuse_taken
    from runtime.supervisor import run as supervise

    ports = Ports(first=options.port)
    refuse_taken(ports.listen(offset) for offset in OWN)
    gettempdir()  # Python tries the place with a file of its own, once: before anybody is told that we begin
    print("Preparing keys and databases, then starting its processes …", flush=True)
    with Janitor.hired() as janitor:
        folder = options.data.absolute() if options.data else janitor.temporary_folder("idgateway-demo-")
        config = prepare(folder, ports, datetime.now(UTC), options.database)
        children = processes(config, ports)
        supervise(children, on_ready=lambda: print(welcome(ports), flush=True), janitor=janitor)
    print("The demo is over.", "" if options.data else "Nothing of it is left.", flush=True)
    return 0
