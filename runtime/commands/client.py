"""``client``: applications that come at run time, and what an application needs to be registered."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.commands import client_acts as acts
from runtime.commands.options import add_config

if TYPE_CHECKING:
    from runtime.commands.options import Commands

AGREED = "what is agreed with the application"
KEYS = "how it proves itself (one of these)"
ADDRESSES = "its addresses"


def add_client(commands: "Commands") -> None:
    """Declare ``client add|list|rotate|remove|invite|secret``."""
    parser = commands.add_parser("client", help="add, list, change and invite applications while the gate runs")
    under = parser.add_subparsers(metavar="ACT", required=True)
    _add(under)
    _act(under, "list", acts.show, "every application and every open invitation")
    rotating = _act(
        under, "rotate", acts.rotate, "give an application other keys or another secret; the old count no more"
    )
    rotating.add_argument("client_id", metavar="ID")
    _keys(rotating)
    removing = _act(under, "remove", acts.remove, "erase an application and its logins, or take an invitation back")
    removing.add_argument("client_id", metavar="ID")
    _invite(under)
    secret = under.add_parser("secret", help="a secret for an application that cannot sign, and its hash")
    secret.set_defaults(run=acts.make_secret)


def _act(under: "Commands", name: str, run: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
    parser = under.add_parser(name, help=told)
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=run)
    return parser


def _add(under: "Commands") -> None:
    parser = _act(under, "add", acts.add, "add an application; every running process knows it at once")
    parser.add_argument("client_id", metavar="ID", help="its client_id")
    parser.add_argument("--name", required=True, help="as people read it")
    _agreed(parser)
    _keys(parser)
    group = parser.add_argument_group(ADDRESSES)
    group.add_argument("--redirect-uri", action="append", default=[], metavar="URI", required=True, help="exact")
    group.add_argument("--post-logout-redirect-uri", action="append", default=[], metavar="URI")
    group.add_argument("--request-uri", action="append", default=[], metavar="URI", help="of its signed requests")
    for option in (
        "initiate-login-uri",
        "backchannel-logout-uri",
        "frontchannel-logout-uri",
        "sector-identifier-uri",
        "policy-uri",
        "tos-uri",
    ):
        group.add_argument(f"--{option}", default="", metavar="URI")


def _invite(under: "Commands") -> None:
    told = "an initial access token, with which an application registers itself at /register (RFC 7591)"
    parser = _act(under, "invite", acts.invite, told)
    _agreed(parser)
    parser.add_argument("--uses", type=int, default=1, metavar="N", help="how often it may be used (%(default)s)")
    parser.add_argument("--days", type=int, default=7, metavar="N", help="how long it lasts (%(default)s)")


def _agreed(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(AGREED)
    group.add_argument("--authority", required=True, metavar="ARS", help="the town it belongs to")
    group.add_argument("--level", required=True, choices=("basic", "low", "substantial", "high"), help="the least")
    group.add_argument("--account", action="append", required=True, default=[], metavar="NAME", help="it offers")
    group.add_argument("--claim", action="append", default=[], metavar="NAME", help="it may ever receive")
    group.add_argument(
        "--scope", action="append", default=[], metavar="NAME", help="besides openid and those of its claims"
    )
    group.add_argument("--profile", choices=("standard", "fapi2"), default="standard", help="(%(default)s)")
    group.add_argument(
        "--response-mode",
        action="append",
        default=[],
        metavar="MODE",
        help="its answers come by: query, form_post, jwt, query.jwt, form_post.jwt (the last three signed: JARM)",
    )
    group.add_argument("--without-pkce", action="store_true", help="it cannot do PKCE (standard only)")
    group.add_argument("--guests", action="store_true", help="people may log in as guests")
    group.add_argument(
        "--online-service-id", default="", metavar="BMI-ID", help="given with the registration at BundID"
    )
    group.add_argument("--display-name", default="", metavar="NAME", help="shown at BundID, at most 50 characters")


def _keys(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(KEYS).add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--jwks", type=Path, metavar="FILE", help="its public keys as a JSON Web Key Set; - reads them here"
    )
    group.add_argument("--jwks-uri", metavar="URI", help="the address of its public keys")
    group.add_argument(
        "--generate", type=Path, metavar="FILE", help="make a key for it; FILE gets the private half (PEM)"
    )
    group.add_argument("--secret", choices=("basic", "post"), help="make a secret for it; it is shown this once")
