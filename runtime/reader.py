"""Reads a TOML table into a frozen dataclass, strictly: every key is known, every type is right, nothing is guessed.

A field ``clients: tuple[Client, ...]`` is written as ``[[…client]]``, ``smtp: Smtp`` as ``[….smtp]``, and
``levels: Mapping[str, str]`` as ``[….levels]`` with keys of the writer's own.
Paths are relative to the configuration file's folder. A string may hold ``${env:NAME}`` or ``${file:path}``, so that
no secret needs to stand in the file.
"""

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from runtime.errors import SettingsError

T = TypeVar("T")
REFERENCE = re.compile(r"\$\{(env|file):([^}]+)\}")


def read_table(
    cls: type[T], table: Mapping[str, Any], *, name: str, folder: Path, given: Mapping[str, Any] | None = None
) -> T:
    """Build ``cls`` from ``table``.

    Args:
        cls: a frozen dataclass with annotated fields.
        table: what TOML gave.
        name: the table as the file calls it, e.g. ``gate.client``; errors name it.
        folder: the folder that relative paths start from.
        given: fields that come from elsewhere and may not stand in the table.

    Raises:
        SettingsError: unknown or missing key, or a value of another type.
    """
    given = given or {}
    hints = get_type_hints(cls)
    fields = {_key(field.name, hints[field.name]): field for field in dataclasses.fields(cast("Any", cls))}
    fields = {key: field for key, field in fields.items() if field.name not in given}
    refuse_unknown(table, tuple(fields), name)
    missing = [key for key, field in fields.items() if _required(field) and key not in table]
    if missing:
        raise SettingsError(f"[{name}] needs {_listed(missing)}.", "There is no default on purpose.")
    values = {
        field.name: _value(hints[field.name], table[key], f"{name}.{key}", folder)
        for key, field in fields.items()
        if key in table
    }
    return cls(**values, **given)


def refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], name: str) -> None:
    """Stop at the first key nobody reads, and name the nearest known one.

    Raises:
        SettingsError: a key is not among ``known``.
    """
    for key in table:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            hint = f"Did you mean {nearest[0]!r}? " if nearest else ""
            where = f"in [{name}]" if name else "at the top of the file"
            raise SettingsError(f"Unknown key {key!r} {where}.", f"{hint}Known here: {', '.join(sorted(known))}.")


def _required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _listed(keys: list[str]) -> str:
    return ", ".join(repr(key) for key in keys)


def _key(field: str, hint: Any) -> str:
    repeated = get_origin(hint) is tuple and dataclasses.is_dataclass(get_args(hint)[0])
    return re.sub(r"(?<=ss)es$|s$", "", field) if repeated else field  # clients → client, witnesses → witness


def _value(hint: Any, value: Any, where: str, folder: Path) -> Any:
    if get_origin(hint) in (Union, UnionType):  # only "something or None": TOML has no null, so it is the something
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        _expect(isinstance(value, list), where, "a list")
        return tuple(_value(get_args(hint)[0], item, where, folder) for item in value)
    if get_origin(hint) is Mapping:
        _expect(isinstance(value, dict), where, "a table")
        return {key: _value(get_args(hint)[1], item, f"{where}.{key}", folder) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        _expect(isinstance(value, dict), where, "a table")
        return read_table(cast("type[Any]", hint), value, name=where, folder=folder)
    if hint is Path:
        _expect(isinstance(value, str) and value != "", where, "a path")
        return folder / _resolved(value, where, folder)
    if hint is str:
        _expect(isinstance(value, str), where, "a text")
        return _resolved(value, where, folder)
    # bool is a kind of int in Python, but "port = true" is a mistake.
    _expect(type(value) is hint, where, {int: "a whole number", bool: "true or false"}.get(hint, str(hint)))
    return value


def _expect(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise SettingsError(f"{where} must be {what}.")


def _resolved(text: str, where: str, folder: Path) -> str:
    def replace(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "env":
            if name not in os.environ:
                raise SettingsError(f"{where} refers to the environment variable {name}, which is not set.")
            return os.environ[name]
        try:
            return (folder / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{where} refers to the file {name}, which cannot be read.") from None

    return REFERENCE.sub(replace, text)
