"""What the TAB key completes: names of devices and scenarios where they belong, and files wherever one may be named."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from click.shell_completion import BashComplete

from proxycheck.catalogue.devices import device_names, profile_names
from proxycheck.catalogue.scenarios import scenario_names
from proxycheck.cli.application import app
from proxycheck.cli.check_options import TIERS
from proxycheck.model.device import Tier
from tests.support.terminal import Terminal

PROMPT = b"ready> "
README = Path(__file__).resolve().parents[2] / "README.md"


def _offered(*words: str) -> list[tuple[str, str]]:
    """Kind and value of each word that could stand where the last of `words` begins."""
    *before, begun = words
    found = BashComplete(app, {}, "proxycheck", "_PROXYCHECK_COMPLETE").get_completions(before, begun)
    return [(item.type, item.value) for item in found]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, in which the commands are typed."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.json", "serial.toml", "own.toml", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.toml").touch()
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        *(
            ("check", option, "one")
            for option in (
                *("--json", "--html", "--markdown", "--junit", "--bundle", "--compare", "--pac", "--roots"),
                *("--ct-log-list", "--password-file", "-o", "--output"),
            )
        ),
        *((command, "one") for command in ("report", "diagnose", "compare", "reproduce", "pac", "observed")),
        ("compare", "one.json", "on"),
        ("reproduce", "one.json", "-o", "on"),
        ("allowlist", "--from", "on"),
        ("exporter", "--config", "on"),
        ("exporter", "--web-config", "on"),
        ("web", "--roots", "on"),
        ("canary", "serve", "--signing-key", "on"),
        ("lab", "check", "healthy", "--junit", "on"),
        ("devices", "--json", "on"),
    ],
)
def test_the_shell_completes_files(words: tuple[str, ...]) -> None:
    assert _offered(*words) == [("file", words[-1])]


def test_the_shell_completes_folders() -> None:
    assert _offered("monitoring", "fl") == [("dir", "fl")]


@pytest.mark.parametrize(
    "words", [("check", "--device"), ("devices",), ("lab", "run", "x", "--device"), ("diagnose", "--device")]
)
def test_a_device_is_a_name_or_a_device_file(words: tuple[str, ...]) -> None:
    plain = [value for kind, value in _offered(*words, "") if kind == "plain"]
    assert plain == [*device_names(), *profile_names(), "own.toml", "serial.toml"]
    assert _offered(*words, "se") == [
        ("plain", name) for name in (*device_names(), *profile_names(), "serial.toml") if name.startswith("se")
    ]
    assert _offered(*words, "sub/i") == [("plain", "sub/inner.toml")]
    assert _offered(*words, "su") == [("file", "su")], "a folder on the way to one"
    assert _offered(*words, "none/x") == [("file", "none/x")]


@pytest.mark.parametrize("words", [("lab", "run"), ("lab", "check"), ("lab", "check", "ports-squid")])
def test_a_scenario_is_a_name_or_a_scenario_file(words: tuple[str, ...]) -> None:
    assert _offered(*words, "") == [("plain", name) for name in (*scenario_names(), "own.toml", "serial.toml")]
    assert _offered(*words, "ports-squ") == [("plain", "ports-squid")]


def test_a_tier_is_one_of_three() -> None:
    assert get_args(Tier) == TIERS
    assert _offered("check", "--tier", "re") == [("plain", "required"), ("plain", "recommended")]


def _bash() -> str | None:
    """The bash of this computer, where it is one that click can serve (4.4 or newer)."""
    found = None if sys.platform == "win32" else shutil.which("bash")
    if found is None:
        return None
    asked = [found, "-c", "echo ${BASH_VERSINFO[0]} ${BASH_VERSINFO[1]}"]
    major, minor = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    return found if (int(major), int(minor)) >= (4, 4) else None


BASH = _bash()


@pytest.fixture
def shell(folder: Path) -> Iterator[Terminal]:
    """A bash that has read the line of the README, and finds the program on its path."""
    line = re.search(r"Completion for bash: `(.+?)`", README.read_text(encoding="utf-8"))
    assert line is not None
    program = folder / "sub" / "proxycheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m proxycheck "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{Path(shutil.which('env') or '/usr/bin/env').parent}"
    settings = {"PATH": path, "PS1": PROMPT.decode(), "INPUTRC": "/dev/null", "TERM": "dumb"}
    root = str(README.parent)
    terminal = Terminal(*(BASH or "", "--norc", "--noprofile", "-i"), folder=folder, PYTHONPATH=root, **settings)
    terminal.wait_for(PROMPT)
    terminal.type(line[1].encode() + b"\n")
    terminal.wait_for(b"\n" + PROMPT)
    yield terminal
    terminal.type(b"\x15exit\n")
    terminal.ended()


@pytest.mark.skipif(BASH is None, reason="needs bash 4.4 or newer")
def test_bash_completes_with_the_line_of_the_readme(shell: Terminal) -> None:
    for begun, whole in (
        (b"report one.j", b"one.json "),
        (b"check --html one.j", b"one.json "),
        (b"check --device connect", b"connectplus "),
        (b"check --device own", b"own.toml "),
        (b"lab run ports-squ", b"ports-squid "),
        (b"monitoring s", b"sub/"),
    ):
        shell.type(b"proxycheck " + begun + b"\t")
        shell.wait_for(whole)
        shell.type(b"\x15\n")
        shell.wait_for(b"\n" + PROMPT)
