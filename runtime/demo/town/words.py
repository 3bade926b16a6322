"""Names of the things on the pages, as msgids. Pure."""

from datetime import date


def N_(msgid: str) -> str:  # noqa: N802
    """Mark a text for translation that the template translates later."""
    return msgid


CERTIFICATES = {
    "birth": N_("Birth certificate"),
    "marriage": N_("Marriage certificate"),
    "death": N_("Death certificate"),
    "partnership": N_("Certificate of civil partnership"),
}
CHANNELS = {"postbox": N_("In my digital postbox"), "letter": N_("By letter")}
LEVELS = {"low": N_("level low"), "substantial": N_("level substantial"), "high": N_("level high")}
MEANS = {"eID": N_("online ID card"), "Elster": N_("ELSTER certificate"), "eIDAS": N_("European eID")}
LABELS = {
    "given_name": N_("Given names"),
    "family_name": N_("Family name"),
    "birth_family_name": N_("Name at birth"),
    "birthdate": N_("Date of birth"),
    "place_of_birth": N_("Place of birth"),
    "street_address": N_("Street and house number"),
    "postal_code": N_("Postal code"),
    "locality": N_("Town"),
}
RECEIVED = {
    "organization_name": N_("Name of the organisation"),
    "organization_kind": N_("Kind"),
    "organization_legal_form": N_("Legal form"),
    "organization_register": N_("Register"),
    "organization_address": N_("Address of the organisation"),
    "title": N_("Academic title"),
    "given_name": N_("Given names"),
    "family_name": N_("Family name"),
    "birthdate": N_("Date of birth"),
    "address": N_("Address"),
}
KINDS = {"natural_person": N_("business of a natural person"), "legal_person": N_("legal person")}
AUTOCOMPLETE = {
    "given_name": "given-name",
    "family_name": "family-name",
    "birthdate": "bday",
    "street_address": "street-address",
    "postal_code": "postal-code",
    "locality": "address-level2",
}


def birthday(text: str) -> date | None:
    """A whole date of birth; None for a partly unknown one, which is shown as the card tells it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
