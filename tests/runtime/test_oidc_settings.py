"""A citizens' OpenID Connect account in the configuration: read as written, and every contradiction in it named."""

import re
from pathlib import Path

import pytest

from runtime.coherence import refuse_incoherent
from runtime.errors import SettingsError
from runtime.settings import load

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.fixture
def edited(tmp_path: Path):
    """Writes the example with the citizens' account awake and some passages replaced, and loads it."""

    def write(*changes: tuple[str, str]):
        text = re.sub(r"^#(?=[\[\"#a-z])", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return write


def test_the_commented_account_is_a_whole_one(edited):
    """The example's account, with its comment signs gone, is read and contradicts nothing."""
    settings = edited(('accounts = ["bundid"]', 'accounts = ["bundid", "landeskonto"]'))
    refuse_incoherent(settings)
    staff, account = settings.gate.oidc
    assert (staff.name, staff.levels, staff.staff) == ("staff", {}, True)
    assert list(account.levels.values()) == ["basic", "substantial", "high"]
    assert account.claims["anschrift.ort"] == "locality"
    assert account.frameworks["de_aml"] == "substantial"
    assert (account.level, account.staff, account.id_token_algorithm) == ("", False, "ES256")


WHERE = 'name = "landeskonto"\n'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((WHERE, WHERE + 'level = "high"\n'), "no source, or two"),
        (('passwort" = "basic"', 'passwort" = "gering"'), "'gering' is no level"),
        (('"de_aml" = "substantial"', '"de_aml" = "STORK-QAA-Level-3"'), "'STORK-QAA-Level-3' is no level"),
        (('vorname = "given_name"', 'vorname = "vorname"'), "'vorname' is no attribute"),
        (('vorname = "given_name"', 'vorname = "roles"'), "'roles' is no attribute"),
        (('vorname = "given_name"', 'vorname = "pairwise_id"'), "'pairwise_id' is no attribute"),
        (('id_token_algorithm = "ES256"', 'id_token_algorithm = "HS256"'), "id_token_algorithm is missing or unknown"),
        (('id_token_algorithm = "ES256"', 'id_token_algorithm = "none"'), "id_token_algorithm is missing or unknown"),
        (('id_token_algorithm = "ES256"', ""), "id_token_algorithm is missing or unknown"),
        (('par = "auto"', 'par = "maybe"'), "'maybe' is unknown"),
        (('assertion_audience = "issuer"', 'assertion_audience = "anyone"'), "assertion_audience is unknown"),
        (('scopes = ["openid", "profile"]\n', 'scopes = ["profile"]\n'), "scopes lack openid"),
        (("https://konto.land.example", "http://konto.land.example"), "cannot be an issuer"),
        (
            ('"https://konto.land.example"', '"https://konto.land.example/.well-known/openid-configuration"'),
            "Write https://konto.land.example: the gate adds the rest",
        ),
        ((WHERE, WHERE + "staff = true\n"), "Staff bring name, authorities and roles"),
    ],
)
def test_contradictions_stop_the_start(edited, change, says):
    """Each wrong word or combination is named before anything starts; unchanged, nothing is."""
    refuse_incoherent(edited())
    with pytest.raises(SettingsError) as caught:
        refuse_incoherent(edited(change))
    assert says in str(caught.value)


def test_an_account_without_a_source_of_levels(edited):
    """Neither a vouched level nor a table: nobody could say how sure a login is."""
    levels = re.compile(r"^\[gate\.oidc\.levels\]\n(\".*\n)+", re.MULTILINE)
    table = levels.search(re.sub(r"^#", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    with pytest.raises(SettingsError, match="no source, or two"):
        refuse_incoherent(edited((table.group(), "")))


def test_an_account_that_is_never_strong_enough(edited):
    """An application that needs more than an account can ever reach would lead people into a wall."""
    offered = ('accounts = ["bundid"]', 'accounts = ["landeskonto"]')
    refuse_incoherent(edited(offered))
    weaker = [('zwei-faktoren" = "substantial"', 'zwei-faktoren" = "low"'), ('ausweis" = "high"', 'ausweis" = "low"')]
    with pytest.raises(SettingsError, match="'landeskonto' never reaches substantial"):
        refuse_incoherent(edited(offered, *weaker))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('passwort" = "basic"', 'passwort" = 1'), "must be a text"),
        (('"anschrift.ort" = "locality"', 'anschrift.ort = "locality"'), "gate.oidc.claims.anschrift must be a text"),
    ],
)
def test_maps_hold_texts(edited, change, says):
    """A table of the writer's own keys still has values of one kind, however deep the writer goes."""
    with pytest.raises(SettingsError) as caught:
        edited(change)
    assert says in str(caught.value)
