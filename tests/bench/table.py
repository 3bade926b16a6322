"""The table: one row per line of the plan, the floor measured in the same run beside it, and what must be known."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.measure import Timings

HEAD = ("what", "floor, measured now", "ours", "ratio", "goal")
_WIDTHS = (35, 23, 35, 6, 21)
_MILLI = 1e-3


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. ``floor``, ``ours`` and ``goal`` are text for people; ``ratio`` is ours against the floor."""

    name: str  # for --only
    what: str
    ours: str
    goal: str
    floor: str = "–"
    ratio: float | None = None
    notes: tuple[str, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """The row's texts in the order of ``HEAD``."""
        ratio = "–" if self.ratio is None else f"{self.ratio:.1f}x"
        return (self.what, self.floor, self.ours, ratio, self.goal)


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds / _MILLI:.2f} ms" if seconds >= _MILLI else f"{seconds / _MILLI:.3f} ms"


def rate(per_second: float) -> str:
    """A rate as people read it."""
    return f"{per_second:.0f}/s"


def told(found: Timings) -> str:
    """Timings of work in this process: median, the slow end, how many a second, and the CPU's part."""
    return f"{duration(found.median)}, p95 {duration(found.p95)}, {rate(found.per_second)}; CPU {duration(found.cpu)}"


def rendered(rows: Iterable[Row]) -> str:
    """All rows, with numbered notes below."""
    lines = [_line(HEAD), "-+-".join("-" * width for width in _WIDTHS)]
    notes: list[str] = []
    for row in rows:
        marks = range(len(notes) + 1, len(notes) + 1 + len(row.notes))
        notes.extend(row.notes)
        what = f"{row.what} [{','.join(map(str, marks))}]" if marks else row.what
        lines.extend(_wrapped((what, *row.cells()[1:])))
    return "\n".join([*lines, "", *(_note(number, text) for number, text in enumerate(notes, 1))])


def _wrapped(cells: tuple[str, ...]) -> Iterable[str]:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, _WIDTHS, strict=True)]
    for number in range(max(map(len, columns))):
        yield _line(tuple(column[number] if number < len(column) else "" for column in columns))


def _line(cells: tuple[str, ...]) -> str:
    return " | ".join(f"{cell:{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _note(number: int, text: str) -> str:
    return textwrap.fill(f"[{number}] {text}", 128, subsequent_indent="    ")
