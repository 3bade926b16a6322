"""What goes onto paper beside a notice: a cover sheet that leads its reader back to the postbox."""

from collections.abc import Mapping
from typing import Any

from postbox import sealed
from postbox.context import Postbox
from postbox.errors import NotNow
from postbox.law.calendar import legal_day
from postbox.store import notices
from postbox.writing.cover import Copied, cover_sheet
from postbox.writing.verification import Check


def cover_of(postbox: Postbox, notice: Mapping[Any, Any]) -> bytes:
    """The cover sheet (PDF) of a notice that was delivered: a page for each of its documents. Raises NotNow, Erased.

    Whether the caller may have it was judged before.
    """
    if notice["available_at"] is None:
        raise NotNow("The notice is not available yet.", code="not-available")
    data_key = sealed.key_of(postbox, notice)
    with postbox.database.read() as connection:
        parts = [sealed.open_words(data_key, part) for part in notices.documents_of(connection, notice["id"])]
    return cover_sheet(
        authority=postbox.authority(notice["authority"]).name,
        title=str(sealed.open_words(data_key, notice)["title"]),
        available_on=legal_day(notice["available_at"]),
        documents=[_copied(postbox, words) for words in parts if words.get("code")],
    )


def _copied(postbox: Postbox, words: Mapping[str, Any]) -> Copied:
    check = Check(public_url=postbox.settings.public_url, code=words["code"])
    return Copied(name=words["name"], digest=words["sha256"], check=check)
