"""The configuration: strict, typed, relative to its file, and coherent before anything starts."""

from pathlib import Path

import pytest

from runtime.coherence import refuse_incoherent
from runtime.errors import SettingsError
from runtime.settings import load

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.fixture
def edited(tmp_path: Path):
    """Writes the example with one passage replaced, and loads it."""

    def write(old: str = "", new: str = ""):
        text = EXAMPLE.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "config.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load(path)

    return write


def test_the_example_is_read_and_coherent(edited):
    """The example loads unchanged, with both houses sharing the authority and no contradiction."""
    settings = edited()
    refuse_incoherent(settings)
    assert settings.gate.authorities[0].ars == settings.postbox.authorities[0].ars == "064310020020"
    assert [client.client_id for client in settings.gate.clients] == ["urkunde-online", "postbox", "postbox-casework"]
    assert settings.postbox.smtp.port == 587


def test_paths_and_sqlite_files_are_relative_to_the_configuration(edited, tmp_path, monkeypatch):
    """Nothing depends on the folder in which the command was typed."""
    monkeypatch.chdir("/")
    settings = edited()
    assert settings.gate.keys_directory == tmp_path / "keys/gate"
    assert settings.gate.database_url == f"sqlite:///{tmp_path}/data/gate.db"
    assert settings.postbox.smtp.password_file == tmp_path / "secrets/smtp"
    assert settings.gate.clients[0].jwks_file == tmp_path / "peers/urkunde-online-jwks.json"


@pytest.mark.parametrize(
    ("change", "key", "table", "nearest"),
    [
        (("threads = 8", "thread = 8"), "thread", "server", "threads"),
        (("issuer =", "isuer ="), "isuer", "gate", "issuer"),
        (("minimum_level =", "minimum_levl ="), "minimum_levl", "gate.client", "minimum_level"),
        (("starttls =", "start_tls ="), "start_tls", "postbox.smtp", "starttls"),
        (("[gate]\n", "[gat]\nx=1\n[gate]\n"), "gat", "top of the file", "gate"),
        (("land =", "country = 1\nland ="), "country", "authority", ""),
        (("public_url =", "authority = []\npublic_url ="), "authority", "postbox", ""),
    ],
)
def test_an_unknown_key_stops_the_start_and_is_named(edited, change, key, table, nearest):
    """The error names the key, its table and the nearest known key."""
    with pytest.raises(SettingsError) as caught:
        edited(*change)
    assert repr(key) in caught.value.cause
    assert table in caught.value.cause
    assert nearest in caught.value.cure


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("starttls = true\n", "", "[postbox.smtp] needs 'starttls'"),
        ("port = 587", 'port = "587"', "postbox.smtp.port must be a whole number"),
        ("port = 587", "port = true", "postbox.smtp.port must be a whole number"),
        ("starttls = true", "starttls = 1", "postbox.smtp.starttls must be true or false"),
        ('accounts = ["bundid"]', 'accounts = "bundid"', "gate.client.accounts must be a list"),
        ('land = "HE"', "land = 6", "authority.land must be a text"),
        ('password_file = "secrets/smtp"', 'password_file = ""', "postbox.smtp.password_file must be a path"),
        ("threads = 8", "threads = ", "no valid TOML"),
    ],
)
def test_missing_keys_and_wrong_types_are_named(edited, old, new, says):
    """What has no default must be there, and nothing is converted silently."""
    with pytest.raises(SettingsError) as caught:
        edited(old, new)
    assert says in str(caught.value)


def test_secrets_come_from_files_or_the_environment(edited, tmp_path, monkeypatch):
    """References are replaced by what they point to, without surrounding line ends."""
    (tmp_path / "password").write_text("geheim\n")
    monkeypatch.setenv("TOWN_MAILER", "postfach-neu")
    old = 'database_url = "sqlite:///data/gate.db"'
    settings = edited(old, 'database_url = "postgresql://gate:${file:password}@db/gate"')
    assert settings.gate.database_url == "postgresql://gate:geheim@db/gate"
    assert edited('username = "postfach"', 'username = "${env:TOWN_MAILER}"').postbox.smtp.username == "postfach-neu"


@pytest.mark.parametrize("reference", ["${env:NOT_SET_ANYWHERE}", "${file:no-such-file}"])
def test_a_reference_to_nothing_stops_the_start(edited, reference):
    """A missing secret is no empty secret."""
    with pytest.raises(SettingsError, match=r"postbox\.smtp\.username refers to"):
        edited('username = "postfach"', f'username = "{reference}"')


def test_a_missing_file_says_how_to_begin(tmp_path):
    """Without a configuration the error tells where to find one."""
    with pytest.raises(SettingsError, match=r"config\.example\.toml"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('ars = "064310020020"', 'ars = "6431"', "12 digits"),
        ('land = "HE"', 'land = "XX"', "no Land"),
        ('client_id = "postbox"\n', 'client_id = "urkunde-online"\n', "stands 2 times"),
        ('accounts = ["bundid"]', 'accounts = ["bund-id"]', "No account is called 'bund-id'"),
        ('authority = "064310020020"', 'authority = "064310020021"', "No [[authority]]"),
        ('minimum_level = "substantial"', 'minimum_level = "hoch"', "'hoch' is no level"),
        ("https://gate.viernheim.example/saml/", "https://gate.viernheim.example:8443/saml/", "not fit for BundID"),
        ('"https://urkunden.viernheim.example/callback"', '"http://urkunden.viernheim.example/c"', "redirect URI"),
        ('issuer = "https://gate.viernheim.example"', 'issuer = "https://gate.viernheim.example/"', "slash"),
        ('postbox_listen = "127.0.0.1:8082"', 'postbox_listen = "127.0.0.1:8080"', "same port"),
        ('gate_listen = "127.0.0.1:8080"', 'gate_listen = "8080"', "no address:port"),
        ("sqlite:///data/postbox.db", "sqlite:///data/gate.db", "same database"),
        ('sector = "postbox"\n', "", "needs a sector"),
        ('resources = ["https://postfach.viernheim.example"]', "", "client_credentials without"),
        ('display_name = "Urk', f'display_name = "{"x" * 30}Urk', "too long"),
        ('"place_of_birth", "address"]', '"place_of_birth", "adress"]', "no claim 'adress'"),
        ('name = "bundid"', 'name = "bund/id"', "'bund/id' cannot be a name"),
        ("trusted_proxies = 1", "trusted_proxies = -1", "limits.trusted_proxies"),
        ("trusted_proxies = 1", "page = -1", "limits.page"),
        ("retention_years = 10", "retention_years = 0", "at least a year"),
        ("#[[postbox.retention]]", '[[postbox.retention]]\nauthority = "06"\nyears = 9', "is no authority"),
    ],
)
def test_contradictions_stop_the_start(edited, old, new, says):
    """Parts that do not fit each other are named before anything starts."""
    settings = edited(old, new)
    with pytest.raises(SettingsError) as caught:
        refuse_incoherent(settings)
    assert says in str(caught.value)


def test_one_house_alone_is_a_whole_configuration(tmp_path):
    """The gate without the postbox loads and is coherent; neither house is not."""
    text = EXAMPLE.read_text(encoding="utf-8")
    path = tmp_path / "gate.toml"
    path.write_text(text[: text.index("\n[postbox]")], encoding="utf-8")
    settings = load(path)
    refuse_incoherent(settings)
    assert settings.postbox is None
    path.write_text("[server]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="Neither"):
        refuse_incoherent(load(path))


@pytest.mark.parametrize("line", ['"Stadt Viernheim" = 1', '"Stadt Viernheim" = ""', '"Stadt Viernheim" = ["a"]'])
def test_english_is_text_or_left_out(edited, line: str):
    """What a page would show has to be something; the twin is the example's own."""
    assert edited().english == {"Stadt Viernheim": "Town of Viernheim"}
    with pytest.raises(SettingsError, match="Stadt Viernheim"):
        edited('"Stadt Viernheim" = "Town of Viernheim"', line)
