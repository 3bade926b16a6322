"""The interpreter and the libraries that must fit each other."""

import sys
from collections.abc import Iterator

import xmlsec
from lxml import etree

from runtime.errors import PartMissing
from runtime.findings import Finding, good, wrong

OLDEST, TOO_NEW = (3, 11), (3, 14)


def check_parts() -> Iterator[Finding]:
    """Python's version, and that lxml and xmlsec were built with one libxml2."""
    version = ".".join(map(str, sys.version_info[:3]))
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        yield good("Python", f"Version {version}.")
    else:
        yield wrong("Python", f"Version {version} was not tried.", "Use 3.11, 3.12 or 3.13.")
    ours, theirs = _libxml2_versions()
    if ours == theirs:
        yield good("libxml2", f"lxml and xmlsec share version {_dotted(ours)}.")
    else:
        cause = f"lxml brings {_dotted(ours)}, xmlsec {_dotted(theirs)}: signatures would be judged on another tree."
        yield wrong("libxml2", cause, "Install the pinned pair from requirements/run.txt.")


def refuse_mixed_libraries() -> None:
    """Stop when lxml and xmlsec disagree about libxml2. Raises PartMissing."""
    ours, theirs = _libxml2_versions()
    if ours != theirs:
        cause = f"lxml uses libxml2 {_dotted(ours)}, xmlsec {_dotted(theirs)}."
        raise PartMissing(cause, "Install the pinned pair from requirements/run.txt.")


def _libxml2_versions() -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(etree.LIBXML_VERSION), tuple(xmlsec.get_libxml_version())


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
