"""``sp-check``: the stand-in's catalogue of broken answers, run against any BundID-connected service."""

import argparse
import os
import re
import socket
import sys
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from idgateway.sp_check.cases import Case
    from idgateway.sp_check.outcome import Outcome
    from idgateway.sp_check.run import Plan
    from idgateway.sp_check.visit import Service
    from runtime.commands.options import Commands

T = TypeVar("T")
SEVERITIES = ("low", "medium", "high", "critical")
_WHY = """
Begins a login at your service in a fresh browser, lets the BundID stand-in answer it, once honestly to learn what a
login looks like, then with every named wrong answer of its catalogue, and says which of them became a login. Honest
logins in between and at the end make sure that a service which refuses everybody does not look good.
"""
_HOW = """
before you begin:
  1. idgateway simulator YOUR-METADATA.xml          (prints where it stands and where its own metadata lie)
  2. give the stand-in's metadata to your service, and let it send people there
  3. log in once by hand; then: idgateway sp-check http://localhost:8000/login

exit codes: 0 nothing found; 1 findings, or the service stopped working; 2 could not be run, with the reason.
Only this machine and private networks are contacted. For any other host, say that you may: --i-may-test HOST.
"""


def add_sp_check(commands: "Commands") -> None:
    """Declare ``sp-check``."""
    parser = commands.add_parser(
        "sp-check",
        help="test any BundID-connected service with the stand-in's broken answers",
        description=_WHY,
        epilog=_HOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", nargs="?", metavar="URL", help="where a login at your service begins")
    parser.add_argument("--simulator", default="http://127.0.0.1:8081", metavar="URL", help="stand-in (%(default)s)")
    parser.add_argument("--list", action="store_true", help="list what would be tried, and end")
    _add_choice(parser)
    _add_success(parser)
    _add_reports(parser)
    _add_network(parser)
    parser.set_defaults(run=run)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to try")
    words = "by name, NAME*, or group"
    group.add_argument("--only", action="append", default=[], metavar="NAME", help=f"only these: {words}; repeatable")
    group.add_argument(
        "--except", action="append", default=[], dest="without", metavar="NAME", help="not these; repeatable"
    )
    group.add_argument("--person", default="", metavar="KEY", help="who logs in (default: whoever fits your request)")
    group.add_argument("--press", default="", metavar="WORDS", help="link or button to press on the first page")
    told = "link or button to press on a page that comes after the login, such as a consent"
    group.add_argument("--press-after", default="", metavar="WORDS", help=told)


def _add_success(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how to tell a login (default: learned from honest ones)")
    group.add_argument("--success-url", default="", metavar="PART", help="the last address contains this")
    group.add_argument("--success-cookie", default="", metavar="NAME", help="this cookie is set or renewed")
    group.add_argument("--success-text", default="", metavar="TEXT", help="the last page contains this")


def _add_reports(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("reports")
    group.add_argument("--json", type=Path, metavar="FILE", help="for programs")
    group.add_argument("--junit", type=Path, metavar="FILE", help="JUnit XML, for a CI")
    group.add_argument("--html", type=Path, metavar="FILE", help="one file to keep or send")
    group.add_argument("--language", choices=("de", "en"), default="de", help="of the sentences (%(default)s)")
    group.add_argument("--fail-on", choices=SEVERITIES, default="low", help="mildest finding that fails (%(default)s)")


def _add_network(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--i-may-test", action="append", default=[], metavar="HOST", help="you may test this public host; repeatable"
    )
    group.add_argument("--ca-file", type=Path, metavar="FILE", help="certificate authorities to trust (PEM)")
    group.add_argument("--timeout", type=float, default=20.0, metavar="S", help="seconds per step (%(default)s)")
    group.add_argument("--slow", type=float, default=3.0, metavar="S", help="an answer is slow from here (%(default)s)")
    group.add_argument("--pause", type=float, default=0.0, metavar="S", help="seconds before each answer (%(default)s)")
    group.add_argument("--wait", type=float, default=0.0, metavar="S", help="for both to start, at most (%(default)s)")
    group.add_argument("--jobs", type=int, default=1, metavar="N", help="logins side by side (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Check, print the report, write the files that were asked for; 1 when something was found."""
    from idgateway.sp_check.errors import SpCheckError
    from idgateway.sp_check.run import check
    from runtime.errors import SettingsError

    try:
        _refuse_unusable(options)
        service, plan = _service(options), _plan(options)
        if options.list:
            return _list(service, plan, options.language)
        _patiently(options.wait, service.knock)
        outcome = check(service, plan, partial(_progress, sys.stderr.isatty(), set()))
    except SpCheckError as error:
        raise SettingsError(error.cause, error.cure) from None
    return _report(outcome, options)


def _refuse_unusable(options: argparse.Namespace) -> None:
    """What would fail only after a minute of work is told at once. Raises SettingsError."""
    from runtime.errors import SettingsError

    if not options.list and not re.match(r"https?://[^/]", options.url or ""):
        cause = "Name the address where a login at your service begins, e.g. http://localhost:8000/login."
        raise SettingsError(cause, "See idgateway sp-check --help")
    if options.ca_file and not options.ca_file.is_file():
        raise SettingsError(f"{options.ca_file} cannot be read.")
    for path in (options.json, options.junit, options.html):
        if path and (path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK)):
            raise SettingsError(f"{path} cannot be written.")


def _patiently(seconds: float, attempt: "Callable[[], T]") -> "T":
    """Try again and again for some seconds: in a CI, stand-in and service may still be starting."""
    from idgateway.sp_check.errors import CheckVoid, StandInMissing

    end = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except (CheckVoid, StandInMissing):
            if time.monotonic() >= end:
                raise
        time.sleep(0.2)


def _service(options: argparse.Namespace) -> "Service":
    from idgateway.sp_check.browser import Network
    from idgateway.sp_check.standin import find_stand_in
    from idgateway.sp_check.visit import Service

    network = Network(
        admit=_admitting(tuple(options.i_may_test)),
        timeout=options.timeout,
        ca_file=str(options.ca_file) if options.ca_file else True,
    )
    stand_in = _patiently(options.wait, partial(find_stand_in, options.simulator, network))
    return Service(
        url=options.url or "", press=options.press, press_after=options.press_after, stand_in=stand_in, network=network
    )


def _admitting(named: tuple[str, ...]) -> "Callable[[str], None]":
    from idgateway.sp_check.consent import check_contact

    @cache
    def addresses(host: str) -> tuple[str, ...]:
        try:
            return tuple({str(found[4][0]) for found in socket.getaddrinfo(host, None)})
        except (OSError, UnicodeError):
            return ()

    return lambda host: check_contact(host, addresses(host), named)


def _plan(options: argparse.Namespace) -> "Plan":
    from idgateway.sp_check.run import Plan
    from idgateway.sp_check.signs import Wanted

    wanted = Wanted(url=options.success_url, cookie=options.success_cookie, text=options.success_text)
    return Plan(
        only=tuple(options.only),
        without=tuple(options.without),
        person=options.person,
        wanted=wanted,
        slow=options.slow,
        pause=options.pause,
        jobs=max(1, options.jobs),
    )


def _list(service: "Service", plan: "Plan", language: str) -> int:
    from idgateway.sp_check.run import cases_of

    for case in cases_of(service, plan):
        print(f"{case.family:<12}{case.name:<44}{case.expectation:<8}{case.title[language]}")
    return 0


def _progress(terminal: bool, seen: set[str], number: int, count: int, case: "Case") -> None:
    """On a terminal one line that is rewritten; elsewhere one line per group."""
    if terminal:
        end = "\r\033[K" if number == count else ""
        print(f"\r\033[K{number:>4}/{count}  {case.family}  {case.name}{end}", end="", file=sys.stderr, flush=True)
    elif case.family not in seen:
        seen.add(case.family)
        print(f"{number:>4}/{count}  {case.family} …", file=sys.stderr, flush=True)


def _report(outcome: "Outcome", options: argparse.Namespace) -> int:
    from idgateway.sp_check.report.data import to_json
    from idgateway.sp_check.report.junit import to_junit
    from idgateway.sp_check.report.page import to_html
    from idgateway.sp_check.report.text import to_text
    from idgateway.sp_check.themes import Severity

    threshold = Severity[options.fail_on.upper()]
    if options.json:
        options.json.write_text(to_json(outcome), encoding="utf-8")
    if options.junit:
        options.junit.write_bytes(to_junit(outcome, options.language, threshold))
    if options.html:
        options.html.write_text(to_html(outcome, options.language), encoding="utf-8")
    print(to_text(outcome, options.language), end="")
    return outcome.exit_code(threshold)
