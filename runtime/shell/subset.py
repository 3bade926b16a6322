"""Cuts KERN's stylesheet down to the components our pages use, so that a first view stays small on a phone.

``python -m runtime.shell.subset <kern.min.css> > runtime/shell/static/kern.css`` makes the committed file again;
``static/ORIGIN.md`` tells where the source comes from.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

COMPONENTS = (
    "sr-only|error|number|icon|alert|badge|btn|btn-wrapper|form-check|form-input|label|hint|fieldset|description-list|"
    "description-list-item|accordion|table|table-responsive|task-list|title|subline|preline|body|heading(?:-[a-z-]+)?|text|link|"
    "list|container|kopfzeile|divider|summary|summary-group|light|dark|layer|level-[0-2]"
)
ICONS = (
    "arrow-back|arrow-forward|check|danger|default|download|info|large|mail|small|success|warning|x-large|open-in-new"
)
_CLASS = re.compile(r"\.kern-([a-z0-9-]+?)(?:__[a-z0-9-]+)?(?:--([a-z0-9-]+))?(?![a-z0-9_-])")
_DECLARED = re.compile(r"(--kern-[a-z0-9-]+):[^;{}]*(?:;|(?=\}))")
_PART = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^"')]*\))|([{}])|([^{}"']+?)(?=[{}"']|url\(|$)""", re.DOTALL
)


def used(selector: str) -> bool:
    """Whether one selector speaks only of classes our pages use."""
    for name, variant in _CLASS.findall(selector):
        if not re.fullmatch(COMPONENTS, name):
            return False
        if name == "icon" and variant and not re.fullmatch(ICONS, variant):
            return False
    return True


def subset(css: str) -> str:
    """The stylesheet without the rules, and the groups of rules, that no page of ours needs."""
    return "".join(_kept(css))


def without_unused_variables(css: str) -> str:
    """The stylesheet without custom properties that nothing reads any more."""
    read = set(re.findall(r"var\((--kern-[a-z0-9-]+)", css))
    shorter = _DECLARED.sub(lambda found: found[0] if found[1] in read else "", css)
    return css if shorter == css else without_unused_variables(shorter)


def _kept(css: str) -> Iterator[str]:
    for head, body in _blocks(css):
        if head.startswith("@"):
            inner = subset(body) if head.startswith(("@media", "@supports")) else body
            if inner:
                yield f"{head}{{{inner}}}"
            continue
        selectors = [one for one in _split(head) if used(one)]
        if selectors and body.strip():
            yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Head and body of every block at the outermost level; braces inside strings and addresses do not count."""
    depth, head, body = 0, "", ""
    for text, brace, plain in _PART.findall(re.sub(r"/\*.*?\*/|@charset[^;]*;", "", css, flags=re.DOTALL)):
        depth -= brace == "}"
        if brace and depth == 0:
            if brace == "}":
                yield head.strip(), body
                head, body = "", ""
        elif depth == 0:
            head += text or plain
        else:
            body += text or brace or plain
        depth += brace == "{"


def _split(head: str) -> list[str]:
    """The selectors of a rule; a comma inside parentheses belongs to its selector."""
    parts, depth = [""], 0
    for char in head:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


if __name__ == "__main__":
    sys.stdout.write("/* KERN UX, EUPL-1.2, see ORIGIN.md and LICENSE-KERN.md */\n")
    sys.stdout.write(without_unused_variables(subset(Path(sys.argv[1]).read_text(encoding="utf-8"))) + "\n")
