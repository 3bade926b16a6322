"""The memory behind the rule: keys apart, bounded, safe between threads, and without anybody's address."""

import gc
import threading
from dataclasses import dataclass

import pytest

from runtime.limits import Limiter, Policy, network_of
from runtime.limits.networks import UNREADABLE
from runtime.limits.rule import SECOND


@dataclass
class Clock:
    now: int = 0

    def __call__(self) -> int:
        return self.now


def make(quota: int = 3, **options) -> tuple[Limiter, Clock]:
    clock = Clock()
    policies = (
        Policy(name="page", quota=quota, window=60),
        Policy(name="call", quota=quota),
        Policy(name="no", quota=0),
    )
    return Limiter(policies, clock=clock, **options), clock


def test_each_policy_and_key_counts_for_itself():
    limiter, _ = make()
    assert [limiter.spend("page", "a", "x").allowed for _ in range(4)] == [True, True, True, False]
    for other in (("page", "b", "x"), ("page", "a", "y"), ("page", "ax"), ("call", "a", "x")):
        assert limiter.spend(*other).allowed


def test_a_look_counts_nothing():
    limiter, _ = make()
    assert all(limiter.look("page", "a").allowed for _ in range(9))
    for _ in range(3):
        limiter.spend("page", "a")
    assert not limiter.look("page", "a").allowed


def test_what_is_not_counted_is_never_refused_and_kept_nowhere():
    limiter, _ = make()
    assert all(limiter.spend("no", "a").allowed for _ in range(50))
    assert not limiter._whole_at


def test_an_unknown_policy_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        make()[0].spend("pgae", "a")


def test_a_flood_of_addresses_frees_nobody_who_is_used_up():
    """Memory is bounded; whoever used most is remembered longest."""
    limiter, clock = make(most=100)
    for _ in range(3):
        limiter.spend("page", "the attacker")
    for number in range(1000):
        limiter.spend("page", f"flood {number}")
        assert len(limiter._whole_at) <= 100
    assert not limiter.spend("page", "the attacker").allowed
    clock.now += 60 * SECOND
    assert limiter.spend("page", "the attacker").allowed


def test_threads_together_get_the_quota_and_no_more():
    limiter, _ = make(quota=50)
    start, allowed = threading.Barrier(8), []

    def ask() -> None:
        start.wait()
        allowed.extend(limiter.spend("page", "one").allowed for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 50


def test_no_address_stays_in_memory():
    """What is kept is a keyed hash; two processes keep different ones for the same address."""
    (one, _), (other, _) = make(), make()
    address = "203.0.113.77"
    one.spend("page", address)
    other.spend("page", address)
    assert set(one._whole_at) & set(other._whole_at) == set()
    held = [obj for obj in gc.get_referents(one, one._whole_at) if isinstance(obj, str | bytes)]
    assert held
    assert not any((address if isinstance(obj, str) else address.encode()) in obj for obj in held)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.77"),
        ("203.0.113.78", "203.0.113.78"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.77", "203.0.113.77"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", ""),
        ("127.8.8.8", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("", UNREADABLE),
        ("unknown", UNREADABLE),
        ("203.0.113.77:4711", UNREADABLE),
        ("\x00", UNREADABLE),
    ],
)
def test_whose_request_it_is(address: str, network: str):
    """IPv4 by address, IPv6 by /64, this machine itself by nothing, and what is no address all together."""
    assert network_of(address) == network
