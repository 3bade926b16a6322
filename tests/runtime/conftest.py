"""A whole installation in a folder: keys, peers, tables, configuration; everything as an administrator would have it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.custody import FileCustody
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, POSTBOX_PURPOSES, Purpose
from runtime.cli import main
from tests.runtime.saml import metadata

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
NOW = datetime.now(UTC)


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of both houses, made once: RSA keys take seconds."""
    folder = tmp_path_factory.mktemp("made-keys")
    FileCustody(folder / "gate").ensure(GATE_PURPOSES, NOW - timedelta(minutes=1))
    FileCustody(folder / "postbox").ensure(POSTBOX_PURPOSES, NOW - timedelta(minutes=1))
    return folder


@pytest.fixture
def installation(tmp_path: Path, made_keys: Path) -> Path:
    """The folder of an installation in which nothing is wrong; ``config.toml`` is the example."""
    folder = tmp_path / "installation"
    (folder / "peers").mkdir(parents=True)
    (folder / "secrets").mkdir(mode=0o700)
    for house in ("gate", "postbox"):
        (folder / "keys" / house).mkdir(parents=True, mode=0o700)
        for file in (made_keys / house).iterdir():
            target = folder / "keys" / house / file.name
            target.write_bytes(file.read_bytes())
            target.chmod(0o600)
    public = (Purpose.CLIENT_AUTHENTICATION, Purpose.ADDRESS_ENCRYPTION)
    jwks = public_jwks(FileCustody(folder / "keys/postbox").load(), public, NOW)
    for name in ("postbox", "urkunde-online"):
        (folder / f"peers/{name}-jwks.json").write_text(json.dumps(jwks))
    known = metadata("https://id.bund.example", "id.bund.example", ends=NOW + timedelta(days=400))
    (folder / "peers/bundid-metadata.xml").write_bytes(known)
    (folder / "secrets/smtp").write_text("geheim")
    (folder / "secrets/smtp").chmod(0o600)
    (folder / "config.toml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["migrate", "--config", str(folder / "config.toml")]) == 0
    return folder
