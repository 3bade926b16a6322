"""The steps of the story, as msgids, with where each begins. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


def N_(msgid: str) -> str:  # noqa: N802
    """Mark a text for translation that the template translates later."""
    return msgid


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what to do, what it proves, and the place it begins at."""

    title: str
    todo: str
    proof: str
    link: str  # text of the link
    place: str  # town | simulator | postbox, with a path behind it
    path: str


STEPS = (
    Step(
        title=N_("Log in"),
        todo=N_(
            "You need a birth certificate. Open the online service, choose the login with BundID, then "
            "“Online-Ausweis” and Erika Mustermann. Look at the list of data before you agree."
        ),
        proof=N_(
            "The online service speaks OpenID Connect and not one line of SAML. The login came back from another site "
            "by a cross-site form, signed and encrypted, and still found the browser it began in."
        ),
        link=N_("To the online service"),
        place="town",
        path="/urkunde",
    ),
    Step(
        title=N_("Order the certificate"),
        todo=N_(
            "The form is filled in. Try to change the name: it is locked, because the identity card vouches "
            "for it. Choose “In my digital postbox” and send."
        ),
        proof=N_(
            "Every value carries the level at which it was proved. The town got an address for the answer that only it "
            "can use, and never saw a mailbox number."
        ),
        link=N_("To the form"),
        place="town",
        path="/urkunde/antrag",
    ),
    Step(
        title=N_("Fetch the finished certificate"),
        todo=N_(
            "The registry office has issued it. Save the sample PDF on your machine: you attach it in the next step."
        ),
        proof=N_("The file is untouched until the end: what is sent is what is delivered, byte for byte."),
        link=N_("Save the sample certificate (PDF)"),
        place="town",
        path="/urkunde/muster.pdf",
    ),
    Step(
        title=N_("Change sides: you are the caseworker"),
        todo=N_(
            "Open the case, attach the PDF, look at the preview, send. The page says from which day the notice counts "
            "as announced, and which rule says so."
        ),
        proof=N_(
            "Staff log in by their own account, never as citizens. Nobody types a mailbox number: the case knows "
            "its recipient. “Accepted” means encrypted, written, read back and compared."
        ),
        link=N_("To the casework page"),
        place="postbox",
        path="/casework",
    ),
    Step(
        title=N_("Look into the mail"),
        todo=N_("An e-mail has arrived within seconds. Read it: it says that something is there, and not what."),
        proof=N_("No name, no title, no content leaves the house by e-mail; the link opens nothing without a login."),
        link=N_("To the caught mails"),
        place="town",
        path="/mail",
    ),
    Step(
        title=N_("Open the postbox"),
        todo=N_(
            "You are Erika again. Log in first with user name and password: the notice is locked and says why. "
            "Then log in with the identity card."
        ),
        proof=N_(
            "The level needed belongs to the notice. If your login is too weak, you are told beforehand, not "
            "turned away afterwards."
        ),
        link=N_("To the postbox"),
        place="postbox",
        path="/",
    ),
    Step(
        title=N_("Read the period and save the certificate"),
        todo=N_(
            "Look at the dates: where courts disagree, you see the earlier end. Travel in time: from which day does it "
            "count as announced, and by which paragraph? Save the PDF."
        ),
        proof=N_(
            "Before the first byte left, “offered” was written down; after the last, “handed over”. Both sides can "
            "have a receipt."
        ),
        link=N_("To the postbox"),
        place="postbox",
        path="/",
    ),
    Step(
        title=N_("Take the proof with you"),
        todo=N_(
            "Save the proof bundle at the notice, and the published keys (anchors.json) on the verification page. "
            "Check it there, or without this service: idgateway verify FILE --trust anchors.json."
        ),
        proof=N_("The check needs neither our database nor our word, only published keys."),
        link=N_("To the verification page"),
        place="postbox",
        path="/verify",
    ),
    Step(
        title=N_("Flip one byte"),
        todo=N_("Give the bundle to the flipping machine, take the copy back, and check it again: red."),
        proof=N_("One changed byte in one document is found, and the report says where."),
        link=N_("To the flipping machine"),
        place="town",
        path="/kippen",
    ),
    Step(
        title=N_("Without an account, on paper"),
        todo=N_("Apply once more as a guest. There is no postbox then, and the form says so at once."),
        proof=N_("Anyone who cannot be reached digitally gets a letter. Nobody is left out."),
        link=N_("Apply as a guest"),
        place="town",
        path="/urkunde/anmelden?zugang=gast",
    ),
)


def address(step: Step, places: Mapping[str, str]) -> str:
    """Where a step begins, given the addresses of the places."""
    return places[step.place] + step.path
