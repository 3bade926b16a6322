"""``client``: what an application needs to be registered."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.commands.options import Commands


def add_client(commands: "Commands") -> None:
    """Declare ``client secret``."""
    parser = commands.add_parser("client", help="make what an application needs to be registered")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    secret = acts.add_parser("secret", help="a secret for an application that cannot sign, and its hash")
    secret.set_defaults(run=make_secret)


def make_secret(_options: argparse.Namespace) -> int:
    """Print a new secret once, and the line of the configuration that stands for it."""
    from idgateway.provider.client_secret import new_secret

    secret, secret_hash = new_secret()
    print(f"For the application, shown this once: {secret}")
    print(f'For its [[gate.client]]: secret_hash = "{secret_hash}"')
    return 0
