"""Our login beside that of npm's oidc-provider: both over HTTP on the first core, walked by one driver on another.

What is compared is not what is promised: the peer keeps everything in memory, ours is durable. Each walk is five requests:
authorize, the account's answer, the way back, token (private_key_jwt, PKCE), userinfo.
"""

import contextlib
import http.client
import itertools
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask

from runtime.supervisor.processes import Child
from runtime.wiring import VARIABLE
from tests.bench.logins import PERSONS, Vouching, proof_for, proving, request_for, vouched_gate
from tests.bench.measure import Task, Timings, Watch, compare
from tests.bench.place import CLIENT, REDIRECT, Place, free_port
from tests.bench.scale import Scale
from tests.bench.serving import connected, only_cores, running
from tests.bench.table import Row, duration, rate

_PEERS = Path(__file__).parents[1] / "peers"
_SESSION, _USER, _SYSTEM = 3, 11, 12  # fields of /proc/PID/stat after the name
Answering = Callable[[str, str], tuple[str, dict[str, str]]]  # where the browser was sent, who it is → path and form


def gate() -> Flask:
    """The gate for the server, behind it an account that vouches without any protocol."""
    return vouched_gate(Path(os.environ[VARIABLE]), Vouching("bundid"))


def node() -> str | None:
    """Node, where npm's provider is installed for it."""
    return shutil.which("node") if (_PEERS / "node_modules/oidc-provider").is_dir() else None


@dataclass(kw_only=True)
class Server:
    """A provider that runs, and how its account answers."""

    session: int  # of its processes
    connection: http.client.HTTPConnection
    issuer: str
    authorize: str
    userinfo: str
    answering: Answering
    logins: int = 0

    def cpu(self) -> float:
        """Seconds of CPU that its processes have used."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[_SESSION]) == self.session:
                    ticks += int(fields[_USER]) + int(fields[_SYSTEM])
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass
class Walk:
    """One browser and one application, over a connection that stays open."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, target: str, form: dict[str, str] | None = None, token: str = "") -> tuple[str, bytes]:
        """Where the answer leads, and what it holds. Raises RuntimeError for a refusal."""
        parts, headers = urlsplit(target), {}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = parts.path + ("?" + parts.query if parts.query else "")
        self.server.connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = self.server.connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 302, 303):
            raise RuntimeError(f"{self.server.issuer} answered {answer.status}: {body[:300]!r}")
        for value in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: one.value for name, one in SimpleCookie(value).items()}
        return answer.headers.get("Location", ""), body


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """The one row."""
    place = place.fresh("peers")
    with contextlib.ExitStack() as stack:
        servers = {"ours": stack.enter_context(ours(place))}
        if program := node():
            servers["floor"] = stack.enter_context(npm(program, place))
        stack.enter_context(only_cores(first=False))
        before = {name: server.cpu() for name, server in servers.items()}
        found = compare({name: login(place, server) for name, server in servers.items()}, seconds=scale.seconds)
        used = {name: (server.cpu() - before[name]) / server.logins for name, server in servers.items()}
    yield _row(found, used)


def login(place: Place, server: Server) -> Task:
    """A whole login as a task; preparing it is not timed, and the driver's own work is part of both sides."""
    people = itertools.cycle(f"person-{number:040}" for number in range(PERSONS))

    def run(watch: Watch) -> None:
        walk, verifier, proof = Walk(server), secrets.token_urlsafe(32), proof_for(place, server.issuer)
        start, person = f"{server.authorize}?{urlencode(request_for(verifier))}", next(people)
        with watch:
            sent, _ = walk.ask("GET", start)
            back, _ = walk.ask("POST", *server.answering(sent, person))
            done, _ = walk.ask("GET", back)
            code = parse_qs(urlsplit(done).query)["code"][0]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": CLIENT}
            _, token = walk.ask("POST", "/token", {**form, "code_verifier": verifier, **proving(proof)})
            _, told = walk.ask("GET", server.userinfo, token=json.loads(token)["access_token"])
        if "sub" not in json.loads(told):
            raise RuntimeError(f"no sub in {told[:300]!r}")
        server.logins += 1

    return run


@contextlib.contextmanager
def ours(place: Place) -> Iterator[Server]:
    """The gate behind Granian, as the supervisor starts it."""
    port = free_port()
    child = Child(
        name="gate",
        target="tests.bench.peers:gate",
        web=True,
        listen=f"127.0.0.1:{port}",
        environment={VARIABLE: str(place.config)},
    )

    def answering(sent: str, person: str) -> tuple[str, dict[str, str]]:
        return "/saml/bundid/acs", {"RelayState": parse_qs(urlsplit(sent).query)["handle"][0], "person": person}

    with running(place, child) as started, contextlib.closing(connected(port)) as connection:
        yield Server(
            session=started.pid,
            connection=connection,
            issuer=place.issuer,
            authorize="/authorize",
            userinfo="/userinfo",
            answering=answering,
        )


@contextlib.contextmanager
def npm(program: str, place: Place) -> Iterator[Server]:
    """The peer with the same client; it lets in whoever its page names."""
    client = {
        "client_id": CLIENT,
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": json.loads((place.home / "town.json").read_text(encoding="utf-8")),
    }
    people = {f"person-{number:040}": {"given_name": "Muster", "family_name": "Muster"} for number in range(PERSONS)}
    order = {"client": client, "persons": people, "algorithm": "ES256", "par": "off", "takesClaims": False}
    command = [program, str(_PEERS / "provider.mjs"), json.dumps({**order, "port": 0, "acrValues": []})]
    pipe = subprocess.PIPE
    with (
        only_cores(first=True),
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        ) as process,
    ):
        try:
            issuer = json.loads(process.stdout.readline())["issuer"] if process.stdout else ""
            with contextlib.closing(connected(int(issuer.rpartition(":")[2]))) as connection:
                yield Server(
                    session=process.pid,
                    connection=connection,
                    issuer=issuer,
                    authorize="/auth",
                    userinfo="/me",
                    answering=lambda sent, person: (sent, {"person": person}),
                )
        finally:
            process.kill()


def _row(found: dict[str, Timings], used: dict[str, float]) -> Row:
    peer = "floor" in found
    note = (
        "The floor here is a peer, npm oidc-provider: five requests each, over one connection that stays open, each server "
        "on the first core and the driver on another where there is one; times hold the driver's part, "
        f"{duration(found['ours'].cpu)} of CPU. CPU is that of the server's processes for one login: its inverse is what a "
        "core can do. The peer keeps everything in memory; ours is durable (SQLite, FULL)."
    )
    return Row(
        name="peer",
        what="the login over HTTP, beside npm oidc-provider",
        floor=_told(found["floor"], used["floor"]) if peer else "not installed",
        ours=_told(found["ours"], used["ours"]),
        ratio=used["ours"] / used["floor"] if peer and used["floor"] else None,
        goal="400/s, stretch 600/s",
        notes=(note,),
    )


def _told(found: Timings, cpu: float) -> str:
    most = f" ({rate(1 / cpu)})" if cpu else ""
    return f"{duration(found.median)}, {rate(found.per_second)}; CPU {duration(cpu)}{most}"
