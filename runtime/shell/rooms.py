"""Which house an application belongs to: where its German texts lie and how its cookies are called."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask


@dataclass(frozen=True, kw_only=True)
class Room:
    """A house or the demo, as the shell sees it."""

    cookie: str  # middle of the cookie name
    translations: Path  # folder with de.po


_BESIDE_SHELL = Path(__file__).parent / "translations"
_OTHER = Room(cookie="shell", translations=_BESIDE_SHELL)


def room_of(app: Flask) -> Room:
    """The room an application was made in, told by its import name; a stranger gets the shell's own texts only."""
    folder = Path(app.root_path)
    house = app.import_name.split(".")[0]
    if house == "idgateway":
        return Room(cookie="gate", translations=_inside(folder, house))
    if house == "postbox":
        return Room(cookie="postbox", translations=_inside(folder, house))
    if app.import_name.startswith("runtime.demo"):
        return Room(cookie="town", translations=_inside(folder, "demo"))
    return _OTHER


def _inside(folder: Path, house: str) -> Path:
    """The house's translations, however deep in it the application was made."""
    while folder.name != house:
        folder = folder.parent
    return folder / "translations"
