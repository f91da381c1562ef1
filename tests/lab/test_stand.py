"""`lab run` as a process of its own: it tells what to do, and leaves nothing behind however it is ended."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends the process by signals of POSIX")


@contextmanager
def running(scenario: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str], list[str]]]:
    """`lab run` once it listens: the process, what it tells by its first words, and its lines for a shell."""
    command = [sys.executable, "-m", "proxycheck", "lab", "run", scenario]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told, lines = {}, []
        for line in process.stdout:
            word, _, rest = line.strip().partition("  ")
            told[word] = rest.strip()
            lines += [line.strip()] if " check --proxy " in line else []
            if line.startswith("began"):
                break
        try:
            yield process, told, lines
        finally:
            process.terminate()


@pytest.mark.parametrize(
    "end", ["SIGINT", *(pytest.param(end, marks=pytest.mark.slow) for end in ("SIGTERM", "SIGHUP"))]
)
@pytest.mark.slow
def test_however_it_is_ended_nothing_is_left(end: str) -> None:
    with running("clean-tunnel") as (process, told, lines):
        roots, port = Path(told["roots"]), int(told["proxy"].rpartition(":")[2])
        assert roots.is_file()
        assert [told["proxy"] in line for line in lines] == [True, True]
        process.send_signal(getattr(signal, end))
        assert process.wait(20) == 0
    assert not roots.parent.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


@pytest.mark.slow
def test_the_line_runs_as_it_stands_and_each_connection_is_one_line() -> None:
    with running("auth-basic-and-ports") as (process, told, lines):
        assert told["login"] == "clerk with the password 'k9:b@c7/%'"
        checked = subprocess.run(
            ["sh", "-c", f"{lines[0]} --quiet --json -"], capture_output=True, text=True, check=False, timeout=120
        )
        process.terminate()
        assert process.stdout
        log = process.stdout.read().splitlines()
    report = json.loads(checked.stdout)
    assert [cause["code"] for cause in report["causes"]] == ["connect.port-denied"]
    assert report["proxy"]["products"] == []
    opened = [line for line in log if line.endswith("  api.pitneybowes.com:443")]
    assert opened
    assert all("  200  " in line and line[2] == ":" for line in opened)
    assert any("  407, 200 " in line for line in log)
    assert "k9" not in "".join(log)


def test_a_port_in_use_is_a_sentence_and_a_mistake_of_the_command_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "proxycheck", "lab", "run", "clean-tunnel", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"proxycheck: port {port} is in use; write --port with another one, or leave it out\n"
