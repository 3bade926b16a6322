"""``serve`` and ``worker``: the houses as they run for citizens."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from runtime.commands.options import VARIABLE, add_config, add_only

if TYPE_CHECKING:
    from runtime.commands.options import Commands
    from runtime.settings import Settings
    from runtime.supervisor import Child


def add_serve(commands: "Commands") -> None:
    """Declare ``serve``."""
    parser = commands.add_parser("serve", help="run the gate, the postbox and its worker")
    add_config(parser)
    add_only(parser)
    parser.set_defaults(run=serve)


def add_worker(commands: "Commands") -> None:
    """Declare ``worker``."""
    parser = commands.add_parser("worker", help="run one more worker, e.g. on another machine")
    add_config(parser)
    parser.set_defaults(run=worker)


def serve(options: argparse.Namespace) -> int:
    """Run the configured houses until Ctrl-C."""
    from runtime.coherence import refuse_incoherent
    from runtime.settings import load
    from runtime.supervisor import run

    settings = load(options.config)
    refuse_incoherent(settings)
    children = processes(settings, options.only)
    run(children, on_ready=lambda: _say_ready(children))
    return 0


def processes(settings: "Settings", only: str | None) -> tuple["Child", ...]:
    """The processes of the configured houses, or of one. Raises PartMissing."""
    from runtime.errors import PartMissing
    from runtime.supervisor import Child

    environment = {VARIABLE: str(settings.path)}
    size = {"threads": settings.server.threads, "processes": settings.server.processes}
    listens = {"gate": settings.server.gate_listen, "postbox": settings.server.postbox_listen}
    houses = [house for house in listens if getattr(settings, house) and only in (None, house)]
    if not houses:
        raise PartMissing(f"{settings.path.name} has no [{only}].", "Run the house that is configured.")
    webs = [
        Child(
            name=house,
            target=f"runtime.wiring:{house}_app",
            web=True,
            listen=listens[house],
            environment=environment,
            **size,
        )
        for house in houses
    ]
    workers = [Child(name="worker", target="runtime.worker:main", environment=environment)]
    return (*webs, *workers)


def worker(options: argparse.Namespace) -> int:
    """Run the worker alone, in this process, until Ctrl-C."""
    from runtime.worker import main

    os.environ[VARIABLE] = str(options.config.absolute())
    return main()


def _say_ready(children: tuple["Child", ...]) -> None:
    for child in children:
        if child.listen:
            print(f"{child.name}: ready at {child.listen}", file=sys.stderr, flush=True)
