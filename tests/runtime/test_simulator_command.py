"""``idgateway simulator``: its options become the settings of the stand-in it starts."""

import argparse
from pathlib import Path

import pytest

from idgateway.simulator.identity import prepare
from idgateway.simulator.manner import Manner
from idgateway.simulator.settings import SimulatorSettings
from runtime.commands.simulator import _configuration, _unknown, add_simulator
from runtime.settings import load_part

SOUND = """
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://service.example/metadata">
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>
</md:EntityDescriptor>
""".strip()


def _started(folder: Path, *options: str) -> SimulatorSettings:
    parser = argparse.ArgumentParser()
    add_simulator(parser.add_subparsers())
    given = parser.parse_args(["simulator", str(folder / "sp.xml"), *options])
    config = folder / "simulator.toml"
    config.write_text(_configuration("http://127.0.0.1:8081", folder, given), encoding="utf-8")
    return load_part(config, SimulatorSettings, "simulator")


def test_without_options_it_is_as_its_settings_say(tmp_path: Path):
    """The command's defaults are those of the settings."""
    plain = SimulatorSettings(
        base_url="http://127.0.0.1:8081", directory=tmp_path, service_providers=(tmp_path / "sp.xml",)
    )
    assert _started(tmp_path) == plain


def test_options_are_what_it_starts_with(tmp_path: Path):
    """Clock, tolerance and each switch arrive."""
    switches = ("--signed", "assertion", "--transport", "oaep-sha256-mgf1-sha256", "--eidas-level", "high")
    settings = _started(tmp_path, "--clock-offset", "-120", "--legacy-tolerance", *switches)
    assert settings.clock_offset_seconds == -120
    assert settings.legacy_tolerance
    assert settings.answers == Manner(signed="assertion", transport="oaep-sha256-mgf1-sha256", eidas_level="high")


def test_metadata_that_tell_of_no_service_are_named(tmp_path: Path):
    """Nobody waits in vain before a mistyped path; the file may come later, so it stops nothing."""
    prepare(tmp_path / "idp", "http://127.0.0.1:8081")
    sound = tmp_path / "sp.xml"
    sound.write_text(SOUND, encoding="utf-8")
    assert _unknown(sound) == ""
    assert "is not there yet" in _unknown(tmp_path / "typo.xml")
    assert "no metadata of a service provider" in _unknown(tmp_path / "idp/idp-metadata.xml")


def test_a_switch_nobody_knows_ends_with_usage(tmp_path: Path, capsys):
    """What a sound service refuses is no switch but a fault of the catalogue."""
    with pytest.raises(SystemExit):
        _started(tmp_path, "--encryption", "aes256-cbc")
    assert "aes256-cbc" in capsys.readouterr().err
