"""`lab run` as a process of its own: it tells what to do, and leaves nothing behind however it is ended."""

import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends the process by signals of POSIX")


@pytest.mark.parametrize(
    "end", ["SIGINT", *(pytest.param(end, marks=pytest.mark.slow) for end in ("SIGTERM", "SIGHUP"))]
)
def test_however_it_is_ended_nothing_is_left(end: str) -> None:
    command = [sys.executable, "-m", "proxycheck", "lab", "run", "clean-tunnel"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stderr
        told = {}
        for line in running.stdout:
            word, _, rest = line.strip().partition("  ")
            told[word] = rest.strip()
            if "Ctrl-C" in line:
                break
        roots, port = Path(told["roots"]), int(told["proxy"].rpartition(":")[2])
        assert roots.is_file()
        assert told["proxy"] in shlex.split(told["check"])
        running.send_signal(getattr(signal, end))
        assert running.wait(20) == 0, running.stderr.read()
    assert not roots.parent.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_a_port_in_use_is_a_sentence_and_a_mistake_of_the_command_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "proxycheck", "lab", "run", "clean-tunnel", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"proxycheck: port {port} is in use; write --port with another one, or leave it out\n"
