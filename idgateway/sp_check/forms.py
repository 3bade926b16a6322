"""What a browser without scripts sees of a page: title, forms, links, and where it leads by itself. Pure."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_IMPATIENT = 5  # seconds; a refresh later than that is no redirect
_SUBMITS = re.compile(r"\.submit\s*\(", re.ASCII)


@dataclass(kw_only=True)
class Form:
    """One form: address and method as written, its fields in order, its buttons (name, value, words)."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    asks: bool = False  # whether it holds a field for a person to fill

    def has(self, name: str) -> bool:
        """Whether a field of this name is in it."""
        return any(name == one for one, _ in self.fields)


@dataclass(kw_only=True)
class Page:
    """A page as far as a program needs it."""

    title: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # address as written, words
    refresh: str | None = None  # where a meta refresh leads
    scripts: str = ""  # all inline scripts and handlers

    @property
    def sends_itself(self) -> Form | None:
        """The form that this page sends without a person: a SAML message, or a form and a script and nothing else."""
        for form in self.forms:
            if form.has("SAMLRequest") or form.has("SAMLResponse"):
                return form
        # A page with links is one to read; its script may well submit a logout.
        alone = self.forms[0] if len(self.forms) == 1 and not self.links else None
        return alone if alone and not alone.asks and _SUBMITS.search(self.scripts) else None

    @property
    def words(self) -> tuple[str, ...]:
        """What could be pressed here: the words of links and buttons."""
        buttons = [words or value for form in self.forms for _, value, words in form.buttons]
        return tuple(dict.fromkeys(word for word in [*buttons, *(words for _, words in self.links)] if word))


def read_page(text: str) -> Page:
    """Read HTML; nothing in it is an error."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.page.title = " ".join(reader.page.title.split())
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._form: Form | None = None
        self._inside: list[str] = []
        self._heard = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.page.scripts += values.get("onload", "")
        if tag in ("title", "script", "a", "button"):
            self._inside.append(tag)
            self._heard = ""
        if tag == "form":
            self._form = Form(action=values.get("action", ""), method=values.get("method", "get").lower())
            self.page.forms.append(self._form)
        elif tag == "a":
            self.page.links.append((values.get("href", ""), ""))
        elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.page.refresh = _refresh(values.get("content", ""))
        elif tag in ("input", "button", "select", "textarea") and self._form is not None:
            self._field(tag, values, self._form)

    def _field(self, tag: str, values: dict[str, str], form: Form) -> None:
        kind = values.get("type", "submit" if tag == "button" else "text").lower()
        name, value = values.get("name", ""), values.get("value", "")
        if kind in ("submit", "image", "button", "reset"):
            form.buttons.append((name, value, "" if tag == "button" else value))
            return
        form.asks = form.asks or kind != "hidden"
        if name and not (kind in ("checkbox", "radio") and "checked" not in values):
            form.fields.append((name, value))

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        if self._inside[-1] == "title":
            self.page.title += data
        elif self._inside[-1] == "script":
            self.page.scripts += data
        else:
            self._heard += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if not self._inside or self._inside[-1] != tag:
            return
        self._inside.pop()
        words = " ".join(self._heard.split())
        if tag == "a" and self.page.links:
            self.page.links[-1] = (self.page.links[-1][0], words)
        elif tag == "button" and self._form is not None and self._form.buttons:
            name, value, _ = self._form.buttons[-1]
            self._form.buttons[-1] = (name, value, words)


def _refresh(content: str) -> str | None:
    found = re.match(r"\s*(\d+)[.\d]*\s*(?:[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']*))?", content, re.IGNORECASE)
    if found is None or int(found[1]) > _IMPATIENT or not found[2]:
        return None
    return found[2].strip()
