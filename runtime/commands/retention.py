"""``retention``: which notices' time is over, and erasing their content. The worker does the same once a day."""

import argparse
import json
from typing import TYPE_CHECKING

from runtime.commands.options import add_config, add_json

if TYPE_CHECKING:
    from runtime.commands.options import Commands


def add_retention(commands: "Commands") -> None:
    """Declare ``retention``."""
    parser = commands.add_parser("retention", help="which notices' time is over; erase their content")
    parser.add_argument("what", choices=("preview", "run"), help="only look, or erase what is over (evidence stays)")
    add_config(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List what a run erases now, or erase it; the content's key is destroyed, evidence stays and still verifies."""
    from postbox.delivery.retain import expired, run_retention
    from runtime.wiring import postbox_context

    postbox = postbox_context(options.config)
    now = postbox.clock()
    if options.what == "run":
        erased = run_retention(postbox, now)
        print(json.dumps({"erased": erased}) if options.json else f"{erased} notices' content erased; evidence stays.")
        return 0
    count = 0
    for count, one in enumerate(expired(postbox, now), 1):  # noqa: B007 - counted after the loop
        told = {"notice": one.notice, "authority": one.authority, "kept_until": one.kept_until.isoformat()}
        print(json.dumps(told) if options.json else f"{one.authority}  {one.notice}  kept until {one.kept_until}")
    if not options.json:
        print(f"{count} notices' time is over. Nothing was erased.")
    return 0
