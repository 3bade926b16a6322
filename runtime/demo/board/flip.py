"""Flips one byte of a document inside a proof bundle, and nothing else. Pure."""

import io
import zipfile

_SIGNATURE = b"%PDF-"
_DOCUMENTS = "documents/"


class NoBundle(Exception):
    """The file is no zip archive, or holds no document."""


def flip(bundle: bytes) -> tuple[bytes, str]:
    """A copy of the bundle with one byte of its first PDF changed, and that document's name. Raises NoBundle.

    The copy is a sound archive: its checksums fit, so that only a check of the content can find the change.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            entries = [(info, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise NoBundle from None
    # The first that arrived, not the summary that the bundle also holds.
    documents = [info.filename for info, content in entries if content.startswith(_SIGNATURE)]
    chosen = min(documents, key=lambda name: not name.startswith(_DOCUMENTS), default=None)
    if chosen is None:
        raise NoBundle
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as copy:
        for info, content in entries:
            copy.writestr(info, _flipped(content) if info.filename == chosen else content, info.compress_type)
    return written.getvalue(), chosen


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
