"""Reads what the mail catcher caught: one file per message."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

SUFFIX = ".eml"
_NAME = re.compile(r"[0-9]{17}-[0-9a-f]{8}")  # moment and chance, as the catcher writes them


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A caught message, as a person would read it."""

    name: str
    received: datetime
    sender: str
    recipient: str
    subject: str
    text: str


def newest_first(directory: Path) -> list[Mail]:
    """All caught messages."""
    files = sorted(directory.glob("*" + SUFFIX), reverse=True)
    return [_read(path) for path in files if _NAME.fullmatch(path.stem)]


def one(directory: Path, name: str) -> Mail | None:
    """The message of this name, if there is one; a name is never taken as a path."""
    path = directory / (name + SUFFIX)
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return _read(path)


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy reads EmailMessage")
    body = message.get_body(("plain",))
    return Mail(
        name=path.stem,
        received=datetime.strptime(path.stem[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=str(body.get_content()) if body else "",
    )
