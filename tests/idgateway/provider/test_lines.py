"""However slowly applications' own servers answer, they hold few of our threads, and briefly (catalogue J14, T9)."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from idgateway import kept
from idgateway.errors import LinesBusy, UpstreamUnavailable
from idgateway.kept import RETRY_PAUSE, Kept
from idgateway.provider import lines, reach
from idgateway.provider.client_keys import ClientKeys, fetch_key_set
from idgateway.provider.clients import register
from idgateway.provider.lines import LINES, PLACES, Lines
from idgateway.provider.registry import Clients
from idgateway.provider.request_object import fetch_request
from tests.idgateway.documents import Documents, documents
from tests.idgateway.login.world import CALLBACK, NOW, World, query_of
from tests.idgateway.provider.test_request_object import signed


@pytest.fixture
def dialect() -> str:
    """Waiting never reaches the database."""
    return "sqlite"


@pytest.fixture
def theirs() -> Iterator[Documents]:
    """An application's own web server."""
    with documents() as shown:
        yield shown


@contextmanager
def held(shared: Lines, *names: str) -> Iterator[None]:
    """Another thread has this line until the block ends."""
    there, over = threading.Event(), threading.Event()

    def hold() -> None:
        with shared.taken(*names):
            there.set()
            over.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert there.wait(5)
    yield
    over.set()
    thread.join()


def outcome(act: Callable[[], object]) -> tuple[str, float]:
    """What came of it, and after how many seconds."""
    begun = time.monotonic()
    try:
        act()
    except UpstreamUnavailable as error:
        return error.code, time.monotonic() - begun
    return "", time.monotonic() - begun


def take(shared: Lines, *names: str) -> tuple[str, float]:
    def act() -> None:
        with shared.taken(*names):
            pass

    return outcome(act)


def together(*acts: Callable[[], object]) -> list[tuple[str, float]]:
    """All of them begun at the same time."""
    given: list[tuple[str, float]] = []
    threads = [threading.Thread(target=lambda act=act: given.append(outcome(act))) for act in acts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return given


def test_t9_one_line_for_each_address_and_three_in_all(monkeypatch: pytest.MonkeyPatch):
    """A fourth address, the same address, the same invitation: busy after the patience; another one is free."""
    monkeypatch.setattr(lines, "PATIENCE", 0.1)
    shared = Lines()
    with held(shared, "a", "inv_1"), held(shared, "b"):
        assert take(shared, "a")[0] == "busy"
        assert take(shared, "other", "inv_1")[0] == "busy"
        assert take(shared, "c")[0] == ""
        with held(shared, "c"):
            assert take(shared, "d")[0] == "busy"
        assert take(shared, "d")[0] == ""
    assert take(shared, "a", "inv_1")[0] == ""


def test_t9_few_wait_and_all_others_are_told_at_once(monkeypatch: pytest.MonkeyPatch):
    """With the places to wait taken, nobody else loses more than a moment; who waited gets the line when it is free."""
    monkeypatch.setattr(lines, "PATIENCE", 20)
    shared = Lines()
    with held(shared, "a"):
        waiting = [threading.Thread(target=take, args=(shared, "a")) for _ in range(PLACES)]
        [thread.start() for thread in waiting]
        while shared._places._value:
            time.sleep(0.01)
        code, seconds = take(shared, "a")
        assert code == "busy"
        assert seconds < 5
        assert all(thread.is_alive() for thread in waiting)
    [thread.join(10) for thread in waiting]
    assert not any(thread.is_alive() for thread in waiting)
    assert LINES + PLACES < 8  # the threads of a process


def test_t9_a_line_is_free_again_after_a_failure(theirs: Documents):
    """Whatever came of the fetch."""
    url = theirs.put("/there", b"said")
    theirs.statuses["/there"] = 500
    for _ in range(LINES + 1):
        assert outcome(lambda: reach.get(url, demo=True, accept="*/*"))[0] == "status-500"
    theirs.statuses.clear()
    assert reach.get(url, demo=True, accept="*/*") == b"said"


def test_j14_a_name_service_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """After the time for a name, not after the system's; no more threads hang on it than eight; a logout is still told."""
    over, begun, real = threading.Event(), time.monotonic(), socket.getaddrinfo
    monkeypatch.setattr(reach, "TIMEOUT", 0.1)
    monkeypatch.setattr(
        reach, "_LOOKUPS", {"GET": threading.BoundedSemaphore(2), "POST": threading.BoundedSemaphore(1)}
    )

    def hang(host: str, *given: object, **more: object):
        if host == "slow.example":
            over.wait(20)
        return real("127.0.0.1", 1)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    fetch = lambda: reach.get("https://slow.example/", demo=True, accept="*/*")  # noqa: E731
    assert [outcome(fetch)[0] for _ in range(3)] == ["unreachable", "unreachable", "busy"]
    post = lambda host: reach.post(f"https://{host}/", b"", demo=True, headers={})  # noqa: E731
    # It was looked up, to an address that is not public; only then one that hangs takes the last place of its kind.
    assert [outcome(lambda one=one: post(one))[0] for one in ("other.example", "slow.example", "other.example")] == [
        "address",
        "unreachable",
        "busy",
    ]
    assert time.monotonic() - begun < 2
    over.set()
    for _ in range(100):
        if outcome(fetch)[0] == "address":  # it answers again, with an address that is not public
            return
        time.sleep(0.02)
    pytest.fail("the lookups did not end")


def test_t9_a_slow_request_uri_leaves_the_gate_free(world: World, theirs: Documents, monkeypatch: pytest.MonkeyPatch):
    """One holds the line; the others hear temporarily_unavailable, and in the end a login by it goes on as ever."""
    monkeypatch.setattr(lines, "PATIENCE", 0.1)
    gate, person = world.app.extensions["gate"], world.browser()
    uri = theirs.put("/request", signed(person, prompt="none").encode())
    settings = replace(
        gate.settings,
        clients=tuple(
            replace(one, request_uris=(uri,)) if one.client_id == "urkunde" else one for one in gate.settings.clients
        ),
    )
    world.app.extensions["gate"] = replace(
        gate, settings=settings, clients=Clients(settings, gate.database, gate.clock)
    )
    query = {"client_id": "urkunde", "request_uri": uri, "redirect_uri": CALLBACK, "response_type": "code"}
    with held(lines.SHARED, uri):
        back = person.get("/authorize", query_string=query)
        assert query_of(back.location)["error"] == "temporarily_unavailable"
        assert theirs.asked == []
    assert query_of(person.get("/authorize", query_string=query).location)["error"] == "login_required"


def test_t9_one_application_holds_one_line_however_many_addresses_it_has(
    world: World, theirs: Documents, monkeypatch: pytest.MonkeyPatch
):
    """Three slow addresses of one application: two lines are left, and another application's keys are had at once."""
    monkeypatch.setattr(lines, "PATIENCE", 0.1)
    fetched, others = threading.Event(), []
    for number in range(3):
        path = f"/{number}"
        theirs.put(path, b"0123456789")
        theirs.pauses[path] = 0.2
    slow = [lambda n=n: fetch_request(f"{theirs.url}/{n}", "urkunde", demo=True) for n in range(3)]
    public = world.keys["urkunde"].as_dict(private=False, kid="urkunde", use="sig", alg="ES256")
    url = theirs.put("/jwks", {"keys": [public]})

    def another() -> None:
        assert fetched.wait(5)
        others.append(fetch_key_set(url, demo=True, turn=lines.turn_of("other"))["keys"][0]["kid"])

    def begun() -> None:
        while not theirs.asked:
            time.sleep(0.01)
        time.sleep(0.3)  # whoever may hold a line holds it now
        fetched.set()

    given = together(*slow, begun, another)
    assert sorted(code for code, _ in given[:3]) == ["", "busy", "busy"]
    assert (given[4][0], others) == ("", ["urkunde"])


def test_j14_who_waits_for_keys_shares_them_and_few_wait(
    world: World, theirs: Documents, monkeypatch: pytest.MonkeyPatch
):
    """Ten at once before an address that answers slowly: one fetches, two wait and share, seven are told at once."""
    monkeypatch.setattr(lines, "PATIENCE", 20)
    settings = world.app.extensions["gate"].settings
    (client,) = (one for one in settings.clients if one.client_id == "urkunde")
    public = world.keys["urkunde"].as_dict(private=False, kid="urkunde", use="sig", alg="ES256")
    url = theirs.put("/jwks", {"keys": [public]})
    theirs.pauses["/jwks"] = 1.5 / len(theirs.bodies["/jwks"])
    keys, asking = ClientKeys(demo=True), register(replace(client, jwks_file=None, jwks_uri=url), settings)
    given = together(*[lambda: keys.verified(asking, NOW, lambda jwks: jwks)] * 10)
    assert sorted(code for code, _ in given) == [""] * 3 + ["busy"] * 7
    assert all(seconds < 5 for code, seconds in given if code)
    assert len(theirs.asked) == 1
    assert outcome(lambda: keys.verified(asking, NOW, lambda jwks: jwks))[0] == ""


def test_j14_an_application_whose_keys_are_busy_is_asked_to_come_again(
    world: World, theirs: Documents, monkeypatch: pytest.MonkeyPatch
):
    """503 with Retry-After, at the token endpoint and where a request is pushed; then the same proof of a key counts."""
    monkeypatch.setattr(lines, "PATIENCE", 0.1)
    gate = world.app.extensions["gate"]
    public = world.keys["urkunde"].as_dict(private=False, kid="urkunde", use="sig", alg="ES256")
    url = theirs.put("/jwks", {"keys": [public]})
    (client,) = (one for one in gate.settings.clients if one.client_id == "urkunde")
    settings = replace(gate.settings, clients=(replace(client, jwks_file=None, jwks_uri=url),))
    moved = replace(gate, clients=Clients(settings, gate.database, gate.clock))
    world.app.extensions["gate"] = world.app.extensions["gate.tokens"].gate = moved
    person = world.browser()
    code = person.login()["code"]
    with held(lines.SHARED, url):
        for answer in (person.redeem(code), person.push()):
            assert (answer.status_code, answer.json["error"]) == (503, "temporarily_unavailable")
            assert answer.headers["Retry-After"] == "1"
    assert person.push().status_code == 201
    assert person.redeem(code).status_code == 200


def test_j14_the_pause_after_a_try_counts_from_its_end(monkeypatch: pytest.MonkeyPatch):
    """A try that lasts longer than the pause is not followed by the next one at once."""
    ticks, tries = [0.0], []

    class Ticking:
        @staticmethod
        def monotonic() -> float:
            return ticks[0]

    def fetch() -> str:
        tries.append(ticks[0])
        ticks[0] += 8.0
        raise UpstreamUnavailable("slow", code="unreachable")

    monkeypatch.setattr(kept, "time", Ticking)
    document: Kept[str] = Kept(fetch)
    for seconds in (0, 8, 8 + RETRY_PAUSE.total_seconds(), 8.1 + RETRY_PAUSE.total_seconds()):
        assert outcome(lambda now=NOW + timedelta(seconds=seconds): document.read(now))[0] == "unreachable"
    assert len(tries) == 2


def test_j14_who_found_all_lines_busy_has_not_tried():
    """The next one tries at once; a copy that is there serves on."""
    answers = [LinesBusy(), "first", LinesBusy(), "second"]

    def fetch() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    document: Kept[str] = Kept(fetch)
    assert outcome(lambda: document.read(NOW))[0] == "busy"
    assert document.read(NOW) == "first"
    later = NOW + timedelta(hours=2)
    assert [document.read(later), document.read(later)] == ["first", "second"]


@pytest.mark.parametrize(("days", "told"), [(1, "first"), (2, "")])
def test_j14_a_copy_serves_on_over_busy_lines_only_as_long_as_over_a_failure(days: int, told: str):
    """Whether nobody answered or nobody could ask: after ``at_most`` the copy is nobody's any more."""
    answers: list[object] = ["first"]

    def fetch() -> str:
        if not answers:
            raise LinesBusy
        return str(answers.pop())

    document: Kept[str] = Kept(fetch, at_most=timedelta(days=1, hours=1))
    assert document.read(NOW) == "first"
    then = NOW + timedelta(days=days)
    if told:
        assert document.read(then) == told
    else:
        assert outcome(lambda: document.read(then))[0] == "busy"


@pytest.mark.parametrize(("days", "told"), [(1, ["first"]), (2, ["second"])])
def test_j14_who_finds_another_fetching_gets_no_copy_that_is_over(days: int, told: list[str]):
    """While one asks, the others use the old copy, unless it is too old: then they wait for the new one."""
    going, go, answers = threading.Event(), threading.Event(), ["second", "first"]

    def fetch() -> str:
        if len(answers) == 1:
            going.set()
            assert go.wait(5)
        return answers.pop()

    document: Kept[str] = Kept(fetch, at_most=timedelta(days=1, hours=1))
    assert document.read(NOW) == "first"
    then, found = NOW + timedelta(days=days), []
    first = threading.Thread(target=lambda: document.read(then))
    second = threading.Thread(target=lambda: found.append(document.read(then)))
    first.start()
    assert going.wait(5)
    second.start()
    second.join(0.3)
    go.set()
    first.join(5)
    second.join(5)
    assert found == told
