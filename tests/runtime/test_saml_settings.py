"""Other SAML accounts in the configuration: the commented examples are whole ones, and contradictions are named."""

import re
from pathlib import Path

import pytest

from idgateway.assurance import Level
from idgateway.simulator.accounts.keys import prepare
from idgateway.upstream.saml.profiles import profile_of
from runtime.coherence import refuse_incoherent
from runtime.errors import SettingsError
from runtime.inspection.standin import check_stand_in
from runtime.settings import load

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.fixture
def edited(tmp_path: Path):
    """Writes the example with its other accounts awake and some passages replaced, and loads it."""

    def write(*changes: tuple[str, str]):
        text = re.sub(r"^#(?=[\[\"#a-z])", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return write


ALL = 'accounts = ["bundid", "bayernid", "mein-unternehmenskonto", "servicekonto-sh", "landeskonto-saml"]'


def test_the_commented_accounts_are_whole_ones(edited):
    """One example for each profile; with their comment signs gone they are read, and an application may offer them all."""
    settings = edited(('accounts = ["bundid"]', ALL))
    refuse_incoherent(settings)
    profiles = {one.name: profile_of(one) for one in settings.gate.saml}
    assert [one.name for one in profiles.values()] == [
        "bundid",
        "bayernid",
        "mein-unternehmenskonto",
        "servicekonto-sh",
        "generic",
    ]
    generic, servicekonto = profiles["landeskonto-saml"], profiles["servicekonto-sh"]
    assert (generic.request_binding, generic.signed, generic.assertion) == ("redirect", "assertion", "encrypted")
    assert generic.attributes["dateOfBirth"] == "birthdate"
    assert servicekonto.level.words == {"STORK-QAA-Level-3": Level.SUBSTANTIAL, "STORK-QAA-Level-4": Level.HIGH}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('profile = "bayernid"', 'profile = "bayern"'), "profile is one of"),
        (('profile = "bayernid"', 'profile = "bayernid"\nassertion = "plain"'), "fixes assertion"),
        (('subject = "name_id"', ""), "it needs subject; there is no default on purpose"),
        (('"dateOfBirth" = "birthdate"', '"dateOfBirth" = "born"'), "nobody knows the attribute born"),
        (('"STORK-QAA-Level-4" = "high"', '"STORK-QAA-Level-4" = "hoch"'), "'hoch' is not one of"),
    ],
)
def test_what_cannot_be_right_is_named(edited, change, says):
    """A start with such an account is refused, with the account and the reason."""
    with pytest.raises(SettingsError) as refused:
        refuse_incoherent(edited(change))
    assert says in str(refused.value)


def test_the_stand_in_is_known_over_redirect_too(edited, tmp_path):
    """Metadata that name HTTP-Redirect alone are read as the account will be asked: the stand-in stays out."""
    path = prepare(tmp_path / "stand-in", "https://konto.example")["servicekonto"]
    post = b"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    path.write_bytes(path.read_bytes().replace(post, post.replace(b"POST", b"PAOS")))
    name = 'metadata_file = "peers/landeskonto-saml-metadata.xml"'
    settings = edited((name, f'metadata_file = "{path}"'))
    assert [found.subject for found in check_stand_in(settings)] == ["gate.saml landeskonto-saml"]
