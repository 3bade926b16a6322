"""What one named wrong answer is: data about it, and the places on the answer's road where it bites.

The road: statement → assertion → its signature → encryption → response → its signature → bytes → form. What bites
before a signature is signed like everything else, so that only the named flaw is wrong; what bites behind it is an
attacker's work on a genuine answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idgateway.simulator.names import Step
from idgateway.simulator.protection import Protection
from idgateway.simulator.statement import Statement
from idgateway.simulator.tree import Element

REFUSE, ACCEPT = "refuse", "accept"
Fields = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Workpiece:
    """A response under construction, the assertion it carries, and the way to encrypt another one for the service."""

    response: Element
    assertion: Element
    seal: Callable[[bytes], Element]


def _same_statement(statement: Statement) -> Statement:
    return statement


def _same_protection(protection: Protection) -> Protection:
    return protection


def _same_fields(fields: Fields) -> Fields:
    return fields


def _same_bytes(content: bytes) -> bytes:
    return content


def _whole(assertion: bytes) -> tuple[bytes, ...]:
    return (assertion,)


def always(_statement: Statement, _level: Step) -> bool:
    """Applies to every answer."""
    return True


def _untouched(_element: Element) -> None:
    pass


def _unchanged(_piece: Workpiece) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One named answer with its title in German and English, and the rule that judges it.

    ``expectation`` is what a sound service does with it: refuse nearly everything, accept the few that only look odd.
    """

    name: str
    title: tuple[str, str]
    rule: str = ""
    family: str = ""
    expectation: str = REFUSE
    statement: Callable[[Statement], Statement] = _same_statement
    protection: Callable[[Protection], Protection] = _same_protection
    draft: Callable[[Element], None] = _untouched  # the assertion before its signature
    assertion: Callable[[Element], None] = _untouched  # the assertion behind its signature
    parts: Callable[[bytes], tuple[bytes, ...]] = _whole  # what is encrypted, each by itself
    envelope: Callable[[Workpiece], None] = _unchanged  # the response before its signature
    response: Callable[[Workpiece], None] = _unchanged  # the response behind its signature
    wire: Callable[[bytes], bytes] = _same_bytes  # the bytes before base64
    encoded: Callable[[str], str] = str  # the base64
    form: Callable[[Fields], Fields] = _same_fields  # the fields that are posted
    deliveries: int = 1  # how often the page offers to send it
    applies: Callable[[Statement, Step], bool] = always  # given the honest statement and the level asked for


SOUND = Broken(name="", title=("richtige Antwort", "sound answer"), expectation=ACCEPT)
