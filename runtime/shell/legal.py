"""The pages every public service must have (§ 5 DDG, Art. 13 GDPR, § 12b BGG); each says what to fill in."""

from flask import render_template, request


def N_(msgid: str) -> str:  # noqa: N802
    """Mark a text for translation that a template translates later."""
    return msgid


_PAGES = (
    ("impressum", N_("Imprint")),
    ("datenschutz", N_("Privacy")),
    ("barrierefreiheit", N_("Accessibility")),
    ("leichte-sprache", N_("Easy language")),
    ("kontakt", N_("Contact and barriers")),
)
AT = "/legal/"
NAMES = ", ".join(f'"{name}"' for name, _ in _PAGES)


def links() -> tuple[tuple[str, str], ...]:
    """Addresses and link texts for the footer of every page."""
    return tuple((f"{request.script_root}{AT}{page}", name) for page, name in _PAGES)


def show(page: str) -> str:
    """One legal page, reachable without login."""
    return render_template(f"shell/legal/{page}.html", page=page)
