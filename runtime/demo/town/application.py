"""What a person asks for, and the checks of the form. Pure; messages are msgids that the template translates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from runtime.demo.town.person import FIELDS, Person

CERTIFICATES = ("birth", "marriage", "death", "partnership")
CHANNELS = ("postbox", "letter")
COPIES = range(1, 6)
_LONGEST = 200  # characters of a line
_LONGEST_PURPOSE = 500
_OPTIONAL = ("given_name", "birth_family_name", "place_of_birth")  # some people have one name only
_FOR_A_LETTER = ("street_address", "postal_code", "locality")


def N_(msgid: str) -> str:  # noqa: N802
    """Mark a text for translation that the template translates later."""
    return msgid


_MISSING = {
    "family_name": N_("Enter your family name."),
    "birthdate": N_("Enter your date of birth."),
    "street_address": N_("Enter street and house number: without them no letter arrives."),
    "postal_code": N_("Enter your postal code."),
    "locality": N_("Enter your town."),
}


@dataclass(frozen=True, kw_only=True)
class Application:
    """A complete application, ready to be kept."""

    certificate: str
    copies: int
    purpose: str
    channel: str
    person: Mapping[str, str]  # the person's values, proved ones from the proof and not from the form

    @property
    def name(self) -> str:
        """How the case calls the person."""
        parts = (self.person.get("given_name", ""), self.person["family_name"])
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one field, said so that it can be mended."""

    field: str
    message: str  # msgid


def read_form(form: Mapping[str, str], person: Person, today: date) -> Application | tuple[Problem, ...]:
    """The application a form stands for, or everything that is wrong with it.

    Args:
        form: what the browser sent; a value proved by the login is never taken from here.
        person: who logged in.
        today: the day in the town.
    """
    values = {name: _text(form, name) for name in FIELDS}
    values |= {name: told.value for name, told in person.told.items() if told.locked}
    channel = form.get("channel", "")
    problems = (
        *_check_choices(form, channel, person),
        *_check_person(values, channel, today),
        *_check_lengths(form),
    )
    if problems:
        return problems
    return Application(
        certificate=form["certificate"],
        copies=int(form["copies"]),
        purpose=_text(form, "purpose"),
        channel=channel,
        person={name: value for name, value in values.items() if value},
    )


def _check_choices(form: Mapping[str, str], channel: str, person: Person) -> list[Problem]:
    found = []
    if form.get("certificate") not in CERTIFICATES:
        found.append(Problem(field="certificate", message=N_("Choose which certificate you need.")))
    if form.get("copies") not in [str(number) for number in COPIES]:
        found.append(Problem(field="copies", message=N_("Choose between one and five copies.")))
    if channel not in CHANNELS:
        found.append(Problem(field="channel", message=N_("Choose how the answer is to reach you.")))
    elif channel == "postbox" and not person.postbox_address:
        message = N_("There is no postbox for this login. Choose a letter.")
        found.append(Problem(field="channel", message=message))
    return found


def _check_person(values: Mapping[str, str], channel: str, today: date) -> list[Problem]:
    needed = [name for name in FIELDS if name not in _OPTIONAL and name not in _FOR_A_LETTER]
    if channel == "letter":
        needed += _FOR_A_LETTER
    found = [Problem(field=name, message=_MISSING[name]) for name in needed if not values[name]]
    if values["birthdate"] and not _is_past_day(values["birthdate"], today):
        found.append(Problem(field="birthdate", message=N_("Enter the date of birth as a day in the past.")))
    return found


def _check_lengths(form: Mapping[str, str]) -> list[Problem]:
    found = [
        Problem(field=name, message=N_("At most 200 characters fit here."))
        for name in FIELDS
        if len(_text(form, name)) > _LONGEST
    ]
    if len(_text(form, "purpose")) > _LONGEST_PURPOSE:
        found.append(Problem(field="purpose", message=N_("At most 500 characters fit here.")))
    return found


def _is_past_day(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) < today
    except ValueError:
        # ISO/IEC 18013, ICAO 9303: cards of people with an unknown day of birth carry zeros, e.g. 1956-00-00.
        year = text[:4]
        return text.endswith("-00") and year.isdecimal() and int(year) <= today.year


def _text(form: Mapping[str, str], name: str) -> str:
    return " ".join(form.get(name, "").split())
