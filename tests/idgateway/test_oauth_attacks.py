"""Every known attack on OAuth and OpenID Connect has its named test, which exists, or a reason why it has none."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.idgateway.oauth_attacks import ATTACKS, CODES, JWT, REDIRECT, SESSIONS, TOKENS

TESTS = Path(__file__).parents[1]


@cache
def held_in(file: str) -> frozenset[str]:
    """The tests a file really holds; one that is skipped whatever happens is none."""
    found = set()
    for node in ast.parse((TESTS / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and "mark.skip" not in "".join(map(ast.unparse, node.decorator_list)):
            found.add(node.name)
    return frozenset(found)


def test_the_lists_are_whole():
    """Ten about redirects, seven about codes, fourteen about tokens' form, nine about tokens, nineteen about sessions."""
    for letter, attacks, number in (
        ("R", REDIRECT, 10),
        ("P", CODES, 7),
        ("J", JWT, 14),
        ("T", TOKENS, 9),
        ("S", SESSIONS, 19),
    ):
        assert list(attacks) == [f"{letter}{each}" for each in range(1, number + 1)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_has_its_test_or_says_why_not(attack: str):
    """A named test exists; a reason is a sentence and not an empty word."""
    named = ATTACKS[attack]
    if isinstance(named, str):
        assert len(named.split()) >= 8
        return
    assert named
    for one in named:
        file, _, test = one.partition("::")
        assert test.startswith("test_"), one
        assert test in held_in(file), one


def test_few_go_without():
    """A reason is the exception."""
    assert [attack for attack, named in ATTACKS.items() if isinstance(named, str)] == ["T7"]
