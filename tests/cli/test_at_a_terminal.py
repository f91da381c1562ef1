"""A person at a terminal: each question can be left by Ctrl-C and by the end of the input, and the terminal closed."""

import json
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxycheck.cli import asking
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")]

CTRL_C, CTRL_D = b"\x03", b"\x04"
KNOWN = ("check", "--device", "sendpro-c", "--no-network", "--no-compare-direct")


def _program(*words: str) -> Terminal:
    return Terminal(sys.executable, "-m", "proxycheck", *words)


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROXYCHECK_PASSWORD", raising=False)


QUESTIONS = [
    (("check",), b"Proxy (HOST:PORT): "),
    (("check", "127.0.0.1:1"), b"Device [sendpro-c]: "),
    ((*KNOWN, "127.0.0.1:1", "--user", "alice"), b"Password of alice at http://127.0.0.1:1: "),
    ((*KNOWN, "127.0.0.1:1", "--user", "alice", "--system-settings"), b"Password of alice at http://127.0.0.1:1: "),
]


@pytest.mark.parametrize(("words", "question"), QUESTIONS)
def test_a_question_is_left_by_an_interrupt(words: tuple[str, ...], question: bytes) -> None:
    terminal = _program(*words)
    terminal.wait_for(question)
    terminal.type(CTRL_C)
    assert terminal.ended() == 130
    assert terminal.shown.endswith(b"\r\nproxycheck: interrupted\r\n")


@pytest.mark.parametrize(("words", "question"), QUESTIONS)
def test_the_end_of_the_input_says_what_to_write_instead(words: tuple[str, ...], question: bytes) -> None:
    terminal = _program(*words)
    terminal.wait_for(question)
    terminal.type(CTRL_D)
    assert terminal.ended() == 2
    said = terminal.shown.decode().strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith("proxycheck: the input ended")
    assert "--password-file FILE" in said[0] if "--user" in words else "for example: proxycheck check" in said[0]


def test_what_is_typed_is_asked_for_until_there_is_something(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["", "  ", " proxy.example:8080 ", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: next(answers))
    assert asking.completed(None, None, needs_proxy=True, quiet=False) == ("proxy.example:8080", "sendpro-c")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A proxy that accepts and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize("more", [(), ("--quiet",)])
def test_the_report_is_written_where_the_terminal_is_closed(
    silent: socket.socket, tmp_path: Path, more: tuple[str, ...]
) -> None:
    file = tmp_path / "report.json"
    terminal = _program(*KNOWN, f"127.0.0.1:{silent.getsockname()[1]}", "--json", str(file), *more)
    connection, _ = silent.accept()
    with connection:
        connection.recv(1)
        terminal.close()
        assert terminal.ended() == 130
    assert json.loads(file.read_bytes())["run"]["interrupted"] is True


def test_a_hangup_that_is_ignored_ends_nothing() -> None:
    """What nohup asks for."""
    from proxycheck.runner import Interruption

    hangup = signal.Signals["SIGHUP"]
    before = signal.signal(hangup, signal.SIG_IGN)
    try:
        with Interruption() as held:
            signal.raise_signal(hangup)
            assert not held.requested
    finally:
        signal.signal(hangup, before)
