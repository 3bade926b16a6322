"""The first lines of every supervised process: tie its life to the supervisor's, then serve or call its target."""

import json
import signal
import sys
from importlib import import_module
from typing import Any

from runtime.errors import FrontDoorError
from runtime.supervisor.lifeline import die_with_parent, hand_on
from runtime.supervisor.listeners import split
from runtime.supervisor.settling import settle

STOP_WORKERS_AFTER = 4  # seconds, within the supervisor's five


def main() -> None:
    """Run what the supervisor described in the last argument; never returns."""
    description = json.loads(sys.argv[-1])
    die_with_parent(description["parent"])
    # The terminal speaks to the supervisor; only it speaks to us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hand_on()
    if description["web"]:
        _serve(description)
        raise SystemExit(0)
    raise SystemExit(_call(description["target"]))


def _call(target: str) -> Any:
    """Call the target; a fault we know of is one sentence, not a page of code."""
    module, function = target.split(":")
    try:
        return getattr(import_module(module), function)()
    except FrontDoorError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 the last words
        raise SystemExit(1) from None


def _serve(description: dict[str, Any]) -> None:
    import multiprocessing  # noqa: PLC0415 not before the lifeline

    from granian import Granian  # noqa: PLC0415 the same
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    multiprocessing.set_start_method("fork")  # hand_on works by fork
    address, port = split(description["listen"])
    Granian(
        description["target"],
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=description["processes"],
        blocking_threads=description["threads"],
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=STOP_WORKERS_AFTER,
        log_level=LogLevels.error,  # no line per start; an unexpected end is an error
    ).serve(target_loader=_loaded)


def _loaded(target: str) -> Any:
    application = _call(target)
    settle()
    return application


if __name__ == "__main__":
    main()
