"""The house itself: directions, sizes, door signs, and that what is written down is true."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSES = {
    "keys": ROOT / "keys",
    "idgateway": ROOT / "idgateway",
    "postbox": ROOT / "mailbox/postbox",
    "runtime": ROOT / "runtime",
}
MODULES = [path for house in HOUSES.values() for path in sorted(house.rglob("*.py")) if "migrations" not in path.parts]


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_the_vault_imports_only_what_its_allow_list_names():
    """The vault: the standard library, cryptography, joserfc, asn1crypto (time stamps, CMS) and itself."""
    allowed = set(sys.stdlib_module_names) | {"asn1crypto", "cryptography", "joserfc", "keys"}
    strangers = {_named(path): _imports(path) - allowed for path in HOUSES["keys"].rglob("*.py")}
    assert {name: extra for name, extra in strangers.items() if extra} == {}


def test_the_stand_in_shares_no_code_with_the_gate():
    """The BundID stand-in is an identity provider of its own: nothing of the gate, nothing of the vault."""
    for path in (HOUSES["idgateway"] / "simulator").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        gate = set(re.findall(r"^\s*(?:from|import) (idgateway[\w.]*)", source, re.MULTILINE))
        assert {name for name in gate if not name.startswith("idgateway.simulator")} == set(), _named(path)
        assert "keys" not in _imports(path), _named(path)


def test_the_check_of_others_meets_gate_and_stand_in_over_http_only():
    """``sp-check`` knows of the gate and of the stand-in what any program on the network knows."""
    for path in (HOUSES["idgateway"] / "sp_check").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        gate = set(re.findall(r"^\s*(?:from|import) (idgateway[\w.]*)", source, re.MULTILINE))
        assert {name for name in gate if not name.startswith("idgateway.sp_check")} == set(), _named(path)
        assert not _imports(path) & {"keys", "runtime", "postbox", "flask"}, _named(path)


def test_the_gate_does_not_lean_on_the_stand_in():
    """No module of the gate imports the stand-in."""
    for path in HOUSES["idgateway"].rglob("*.py"):
        if "simulator" not in path.parts:
            assert "idgateway.simulator" not in path.read_text(encoding="utf-8"), _named(path)


def test_the_standard_library_keeps_its_mailbox():
    """``mailbox/__init__.py`` would take the standard library's place in every installed environment."""
    assert not (ROOT / "mailbox/__init__.py").exists()
    import mailbox

    assert hasattr(mailbox, "Maildir")


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_modules_keep_their_size(path: Path):
    """No module grows beyond 300 lines; tables of data say so in their first line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 300, f"{_named(path)} has {len(lines)} lines: split it by what it knows"


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_functions_keep_their_size(path: Path):
    """No function grows beyond 40 lines, its docstring not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            size = (node.end_lineno or 0) - first.lineno + 1
            assert size <= 40, f"{_named(path)}: {node.name} has {size} lines"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=_named)
def test_every_room_has_a_door_sign(path: Path):
    """Each package opens with what it promises."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{_named(path)} has no door sign"
    assert len(docstring.split()) >= 8, f"{_named(path)}: a door sign says what the room promises"


def test_the_example_configuration_loads():
    """``config.example.toml`` is read by the same reader as a real one."""
    from runtime.settings import load

    settings = load(ROOT / "config.example.toml")
    assert settings.gate is not None
    assert settings.postbox is not None


def test_what_an_installation_keeps_gets_into_no_commit():
    """Set up inside the clone as the README shows it, keys, data and secrets stay out of history and wheel alike."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    kept = {"config.toml"}
    kept |= {f"{folder}/x" for folder in re.findall(r'_directory = "([^"]+)"', example)}
    kept |= set(re.findall(r'_file = "([^"]+)"', example)) | set(re.findall(r'"sqlite:///([^"]+)"', example))
    assert len(kept) > 6
    command = ["git", "check-ignore", "--no-index", *sorted(kept)]
    ignored = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout.split()
    assert set(ignored) == kept


def test_the_readmes_commands_exist():
    """Every ``idgateway …`` and ``make …`` the README tells a reader to type is there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(
        re.findall(r"\bidgateway ([a-z]+(?:-[a-z]+)*)", "\n".join(re.findall(r"```.*?```|`[^`]+`", readme, re.DOTALL)))
    )
    targets = set(re.findall(r"`make ([a-z]+)", readme)) | set(re.findall(r"^make ([a-z]+)", readme, re.MULTILINE))
    known = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert commands, "the README shows no command"
    assert targets <= set(known)
    helped = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    for command in commands:
        assert re.search(rf"\b{command}\b", helped.stdout), (
            f"idgateway {command} is in the README, not in the command line"
        )


def test_no_tracked_file_names_an_index_or_a_machine():
    """Lock files and texts carry no download address and no path of one machine."""
    tracked = (
        subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, cwd=ROOT).stdout.decode().split("\0")
    )
    index = re.compile(
        "|".join(
            [
                "--(extra-)?index" + "-url ",
                "--find" + "-links",
                '"resolved": *"http',
                "files.python" + "hosted",
                "registry.npm" + "js",
                "pypi" + r"\.org",
            ]
        )
    )
    for name in filter(None, tracked):
        path = ROOT / name
        if name == "tests/test_house.py" or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert not index.search(text) or name == "Makefile", f"{name} names an index"
        assert str(ROOT) + os.sep not in text, f"{name} carries a path of this machine"


def test_the_wheel_installs_and_imports_from_another_folder(tmp_path: Path):
    """What ships is complete: templates, fonts, migrations and all four packages, used from elsewhere."""
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-q",
        "-w",
        str(tmp_path / "wheel"),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheel").glob("idgateway-*.whl")
    target = tmp_path / "installed"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "-q",
        "--target",
        str(target),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    script = (
        "import keys, idgateway, postbox, runtime, mailbox, pathlib, sys;"
        "assert hasattr(mailbox, 'Maildir');"
        f"home = pathlib.Path({str(target)!r});"
        "assert all(home in pathlib.Path(m.__file__).parents for m in (keys, idgateway, postbox, runtime));"
        "assert (home/'runtime/shell/templates/shell/base.html').exists();"
        "assert list((home/'postbox/store/migrations/versions').glob('*.py'));"
        "assert list((home/'idgateway/store/migrations/versions').glob('*.py'));"
        "import runtime.cli"
    )
    environment = {**os.environ, "PYTHONPATH": str(target)}
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, env=environment)
