"""Whoever has the same name waits; whoever has another does not, and nothing is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idgateway.turns import Turns


def test_one_at_a_time():
    """Twenty of one name are never inside together, and all get in."""
    turns, inside, most = Turns(), 0, []

    def enter(_number: int) -> None:
        nonlocal inside
        with turns.of("a"):
            inside += 1
            most.append(inside)
            threading.Event().wait(0.001)
            inside -= 1

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(enter, range(20)))
    assert most == [1] * 20


def test_another_name_does_not_wait():
    """Inside one name, another is free: also for the thread that waits for both."""
    turns, passed = Turns(), threading.Event()
    with turns.of("a"):

        def other() -> None:
            with turns.of("b"):
                passed.set()

        threading.Thread(target=other).start()
        assert passed.wait(5)


def test_an_error_lets_the_next_one_in():
    """Whoever fails inside leaves the room, and names nobody holds are forgotten."""
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ValueError, match="inside"), turns.of("a"):
            raise ValueError("inside")
    assert not vars(turns)["_locks"]
