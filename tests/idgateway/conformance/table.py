"""The table of conformance modules: what is tested, where, and what is not and why."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Module:
    """A module of a plan; exactly one of ``test`` and ``reason`` is set where the table is right."""

    plan: str
    name: str
    test: str
    reason: str


def modules() -> Iterator[Module]:
    """Every module of the table with the test of its name, if there is one."""
    found = tests()
    plans = tomllib.loads((HERE / "modules.toml").read_text(encoding="utf-8"))
    for plan, names in plans.items():
        shared = plans.get(names.pop("also", ""), {})  # a plan may hold all of another
        for name, reason in {**shared, **names}.items():
            yield Module(plan=plan, name=name, test=found.get(name.replace("-", "_"), ""), reason=reason)


def tests() -> Mapping[str, str]:
    """The tests of this folder and of the provider's: name without ``test_`` to the file that holds it."""
    found = {}
    for path in (*HERE.glob("test_*.py"), *(HERE.parent / "provider").glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name.removeprefix("test_")] = path.name
    return found


def lines(outcomes: Mapping[str, str]) -> Iterator[str]:
    """The table as text; ``outcomes`` gives the result of each test that ran, by its name."""
    plan = ""
    for module in modules():
        if module.plan != plan:
            plan = module.plan
            yield f"{plan}:"
        test = f"test_{module.name.replace('-', '_')}"
        told = f"{outcomes.get(test, 'not run')}  ({module.test})" if module.test else f"none: {module.reason}"
        yield f"  {module.name:<75} {told}"
