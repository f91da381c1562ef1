"""Closed streams, no columns, few descriptors, endless files: a sentence and the right exit code, never a fault."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxycheck.report.json import encode
from tests.checks.listening import listening
from tests.checks.test_listener import answering
from tests.cli.conftest import Invoke
from tests.report import factory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="a shell, ulimit and /dev are POSIX"),
]

DENIED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def check() -> Iterator[str]:
    """The command that checks a proxy which refuses everything."""
    with listening(answering(lambda _: DENIED)) as port:
        words = f"check --proxy 127.0.0.1:{port} --device sendpro-c --no-network --no-compare-direct -q"
        yield f"{sys.executable} -m proxycheck {words}"


def _shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
def test_standard_output_that_is_closed_is_said_and_the_report_written(check: str, tmp_path: Path) -> None:
    ended = _shell(f"{check} --json {tmp_path / 'r.json'} >&-")
    assert ended.returncode == 1
    assert ended.stderr == "proxycheck: standard output is closed; the answer is in the exit code, and in --json FILE\n"
    assert (tmp_path / "r.json").stat().st_size > 1000


@pytest.mark.parametrize("words", ["--help", "--version", "check --help", "lab check -h"])
def test_help_that_nobody_can_read_is_a_sentence(words: str) -> None:
    program = f"{sys.executable} -m proxycheck {words}"
    if Path("/dev/full").exists():
        full = _shell(f"{program} >/dev/full")
        assert full.returncode == 2
        assert full.stderr == "proxycheck: the output cannot be written: No space left on device\n"
    closed = _shell(f"{program} >&-")
    assert (closed.returncode, closed.stderr) == (
        2,
        "proxycheck: the output cannot be written: standard output is closed\n",
    )


def test_a_sentence_that_nobody_can_read_leaves_the_exit_code() -> None:
    ended = _shell(f"{sys.executable} -m proxycheck report no-such-file.json 2>/dev/full")
    assert ended.returncode == 2


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "2>&- <&-"])
@pytest.mark.slow
def test_other_closed_streams_change_nothing(check: str, closed: str) -> None:
    ended = _shell(f"{check} {closed}")
    assert ended.returncode == 1
    assert ended.stdout.startswith("INCOMPATIBLE")


@pytest.mark.slow
def test_a_terminal_of_no_columns_gets_the_verdict(check: str) -> None:
    ended = _shell(check, COLUMNS="0")
    assert (ended.returncode, ended.stdout[:12]) == (1, "INCOMPATIBLE")


@pytest.mark.parametrize("descriptors", [32, 48])
@pytest.mark.slow
def test_few_descriptors_are_enough(check: str, descriptors: int) -> None:
    ended = _shell(f"ulimit -n {descriptors}; {check}")
    assert (ended.returncode, ended.stderr) == (1, "")


def test_next_to_no_descriptors_are_a_sentence(check: str) -> None:
    ended = _shell(f"ulimit -n 20; {check}")
    assert ended.returncode == 2
    assert "this process may open 20 files only" in ended.stderr


@pytest.mark.parametrize("option", ["--roots", "--ct-log-list"])
def test_a_file_without_end_is_not_read_without_end(check: str, option: str) -> None:
    ended = _shell(f"{check} {option} /dev/zero")
    assert (ended.returncode, ended.stderr.strip()) == (
        2,
        "proxycheck: /dev/zero is larger than 16 MB; no such file is that large",
    )


def test_a_device_file_without_end(tmp_path: Path) -> None:
    (tmp_path / "device.toml").symlink_to("/dev/zero")
    ended = _shell(f"{sys.executable} -m proxycheck devices {tmp_path / 'device.toml'}")
    assert ended.returncode == 2
    assert "is larger than 16 MB" in ended.stderr


@pytest.mark.parametrize(
    "item", ["a..b:8080", "-x:80", "\\u202e:80", "a\\u0000b:80", "h" * 300 + ":80", "1.2.3:80", "user:geheim55@h:8080"]
)
def test_what_a_pac_file_names_is_nobodys_typing(invoke: Invoke, tmp_path: Path, item: str) -> None:
    file, written = tmp_path / "x.pac", tmp_path / "x.json"
    file.write_text(f'function FindProxyForURL(u, h) {{ return "PROXY {item}"; }}')
    outcome = invoke("pac", str(file), "--device", "sendpro-c", "--no-network", "--json", str(written), "-v")
    assert outcome.code == 3, outcome.stderr
    shown = outcome.stdout + outcome.stderr + written.read_text()
    assert "geheim55" not in shown
    assert "\u202e" not in shown


def test_a_token_in_the_address_of_a_pac_file_is_shown_nowhere(invoke: Invoke, tmp_path: Path) -> None:
    script = b"function FindProxyForURL(u, h) { return 'PROXY p.example:8080'; }"
    asked: list[bytes] = []

    def page(request: bytes) -> bytes:
        asked.append(request)
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(script), script)

    with listening(answering(page)) as port:
        url = f"http://127.0.0.1:{port}/proxy.pac?token=geheim55"
        written = tmp_path / "x.json"
        outcome = invoke("pac", url, "--device", "sendpro-c", "--no-network", "--json", str(written), "-v")
    assert outcome.code == 0, outcome.stderr
    assert b"token=geheim55" in asked[0]
    assert "geheim55" not in outcome.stdout + outcome.stderr + written.read_text()
    assert "proxy.pac?<redacted>" in outcome.stdout


def test_a_strangers_command_lines_are_made_anew(invoke: Invoke, tmp_path: Path) -> None:
    honest = encode(factory.port_denied())
    tampered = re.sub(rb'"curl [^\n]*"', b'"curl -v http://x; rm -rf ~ #"', honest)
    assert tampered != honest
    (tmp_path / "r.json").write_bytes(tampered)
    outcome = invoke("report", str(tmp_path / "r.json"), "-v", "--json", str(tmp_path / "again.json"))
    assert "curl" in outcome.stdout
    assert "rm -rf" not in outcome.stdout + (tmp_path / "again.json").read_text()


def test_a_port_nobody_answers_is_no_matter_of_descriptors() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ended = _shell(
            f"ulimit -n 32; {sys.executable} -m proxycheck check --proxy 127.0.0.1:{probe.getsockname()[1]} "
            "--device sendpro-c --no-network --no-compare-direct -q"
        )
    assert "proxy.refused" in ended.stdout
