"""Names of applications as people read them: none passes for another, or changes how the page around it reads. Pure.

Our pages are German and English, so letters are Latin ones. That leaves no room for a Cyrillic "а" in a Latin word
(Unicode TR 39), and none for characters that are not seen but turn the line (CVE-2021-42574). What is left to confuse
is folded away before two names are compared (TR 39 4, the few of its rules that Latin letters need).
"""

import unicodedata

LONGEST = 100  # characters
_LETTERS = ("LATIN SMALL LETTER ", "LATIN CAPITAL LETTER ")
_LAST_PLAIN = "\u017f"  # the last of Latin Extended-A
_FURTHER = range(0x0180, 0x0250), range(0x1E00, 0x1F00)  # Latin Extended-B and Additional: many look like other letters
_ALIKE = str.maketrans("01iıłøđðħŧĸŋ", "olllloddhtkn", "ʼ")
_ALIKE_TOGETHER = {"æ": "ae", "œ": "oe", "rn": "m", "vv": "w"}
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
        known = one <= _LAST_PLAIN or one == "ẞ" or _is_marked(one)
        return known and unicodedata.name(one, "").startswith(_LETTERS)
    return one in _OTHER or (one <= "\u00ff" and one.isprintable() and one != "\u00ad" and not kind.startswith("L"))


def _is_marked(one: str) -> bool:
    """Whether a letter of the further blocks is a plain one with marks: ș, ư, ǎ, ế."""
    return any(ord(one) in block for block in _FURTHER) and unicodedata.normalize("NFKD", one)[0] <= "z"


def is_taken_for(name: str, other: str) -> bool:
    """Whether somebody who looks once takes one name for the other: case, spaces, signs and accents do not count."""
    return _at_a_glance(name) == _at_a_glance(other)


def _at_a_glance(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())  # letters and their marks apart
    letters = "".join(one for one in plain if one.isalnum()).translate(_ALIKE)
    for pair, one in _ALIKE_TOGETHER.items():
        letters = letters.replace(pair, one)
    return letters
