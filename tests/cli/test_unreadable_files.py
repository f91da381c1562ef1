"""A file that cannot be read is told in one way everywhere: its name once, what is the matter, and what to do."""

import re
from pathlib import Path

import pytest

from proxycheck.errors import unreadable
from tests.cli.conftest import CHECK, Invoke, Runner

READERS = [
    ("devices", "{file}"),
    ("check", "--proxy", "proxy.example:1", "--device", "{file}"),
    (*CHECK, "--roots", "{file}"),
    (*CHECK, "--ct-log-list", "{file}"),
    (*CHECK, "--compare", "{file}"),
    (*CHECK, "--user", "alice", "--password-file", "{file}"),
    ("allowlist", "--device", "{file}", "--format", "plain"),
    ("allowlist", "--format", "plain", "--from", "{file}"),
    ("report", "{file}"),
    ("diagnose", "{file}"),
    ("compare", "{file}", "{file}"),
    ("reproduce", "{file}", "-o", "-"),
    ("observed", "{file}", "--device", "sendpro-c"),
    ("pac", "{file}", "--device", "sendpro-c"),
    ("exporter", "--config", "{file}"),
    ("web", "--no-browser", "--roots", "{file}"),
    ("lab", "run", "{file}"),
    ("canary", "serve", "--certificate", "{file}", "--key", "{file}"),
]


def _told(invoke: Invoke, words: tuple[str, ...], file: Path) -> str:
    outcome = invoke(*(word.format(file=file) for word in words))
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.count("\n") == 1
    assert outcome.stderr.count(str(file)) == 1
    assert "Errno" not in outcome.stderr
    return outcome.stderr


@pytest.mark.parametrize("words", READERS)
def test_a_file_that_is_missing(invoke: Invoke, runner: Runner, tmp_path: Path, words: tuple[str, ...]) -> None:
    told = _told(invoke, words, tmp_path / "none.toml")
    assert told.endswith("none.toml cannot be read: there is no such file; check its name and its folder\n")
    assert runner.plans == []


@pytest.mark.parametrize("words", READERS)
def test_a_folder(invoke: Invoke, runner: Runner, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "folder.toml").mkdir()
    told = _told(invoke, words, tmp_path / "folder.toml")
    assert told.endswith("folder.toml cannot be read: it is a folder; name the file in it\n")
    assert runner.plans == []


@pytest.mark.parametrize("words", [words for words in READERS if words[0] in ("devices", "exporter", "lab")])
def test_text_in_another_encoding(invoke: Invoke, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "latin.toml").write_bytes('name = "x"\ntitle = "Büro"\n'.encode("iso-8859-1"))
    told = _told(invoke, words, tmp_path / "latin.toml")
    assert told.endswith("latin.toml cannot be read: line 2 is not UTF-8 text; save the file as UTF-8\n")


def test_a_log_list_in_another_encoding(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "logs.tsv").write_bytes("log_id\tkey\tB\xfcro\n".encode("iso-8859-1"))
    assert "line 1 is not UTF-8 text" in _told(invoke, (*CHECK, "--ct-log-list", "{file}"), tmp_path / "logs.tsv")
    assert runner.plans == []


def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    refused = PermissionError(13, "Permission denied", str(tmp_path / "x.toml"))
    assert str(unreadable("x.toml", refused)) == (
        "x.toml cannot be read: this user may not read it; have its permissions changed"
    )
    folder = PermissionError(13, "Permission denied", str(tmp_path))  # what Windows says of a folder
    assert "it is a folder" in str(unreadable(tmp_path, folder))


def test_whatever_else_the_system_says() -> None:
    told = str(unreadable("x.toml", OSError(5, "Input/output error", "x.toml")))
    assert told == "x.toml cannot be read: the system says: Input/output error"
    assert re.fullmatch(r"x cannot be read: .*null byte.*", str(unreadable("x", ValueError("embedded null byte"))))
