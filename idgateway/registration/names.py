"""Names of applications as people read them: none passes for another, or changes how the page around it reads. Pure.

Our pages are German and English, so letters are Latin ones. That leaves no room for a Cyrillic "а" in a Latin word
(Unicode TR 39), and none for characters that are not seen but turn the line (CVE-2021-42574).
"""

import unicodedata

LONGEST = 100  # characters
_LETTERS = ("LATIN SMALL LETTER ", "LATIN CAPITAL LETTER ")
_LAST_PLAIN = "\u024f"  # the last of Latin Extended-B; phonetic letters that look like others come behind it
_ADDITIONAL = range(0x1E00, 0x1F00)  # Latin Extended Additional
_OTHER = frozenset("–—‘’‚“”„…•€№")  # beside ASCII and Latin-1


def fault_of(name: str) -> str:
    """What is wrong with a name, in words for its owner; empty where nothing is."""
    if not name.strip() or name != name.strip() or len(name) > LONGEST:
        return f"is empty, begins or ends with a space, or is longer than {LONGEST} characters"
    if name != unicodedata.normalize("NFC", name):
        return "is not in Unicode's normal form C"
    if not all(_is_plain(one) for one in name):
        return "holds a letter that is not Latin, or a character that is not seen"
    return ""


def _is_plain(one: str) -> bool:
    kind = unicodedata.category(one)
    if kind in ("Lu", "Ll"):
        within = one <= _LAST_PLAIN or ord(one) in _ADDITIONAL
        return within and unicodedata.name(one, "").startswith(_LETTERS)
    return one in _OTHER or (one <= "\u00ff" and one.isprintable() and one != "\u00ad" and not kind.startswith("L"))
