"""A process that is asked to end, by Ctrl-C or by its supervisor: the report is in the file."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to processes")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_partial_report_is_written(tmp_path: Path, name: str) -> None:
    """The proxy answers once, then the signal comes while the second question stands open."""
    written = tmp_path / "report.json"
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"127.0.0.1:{proxy.getsockname()[1]}"
        check = subprocess.Popen(
            [
                *(sys.executable, "-m", "proxycheck", "check", "--proxy", address, "--device", "sendpro-c"),
                *("--no-network", "--no-compare-direct", "--json", str(written)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        answered = 0
        while answered < 2:
            connection, _ = proxy.accept()
            with connection:
                if b"CONNECT" not in connection.recv(65536):
                    continue
                answered += 1
                if answered == 2:
                    check.send_signal(getattr(signal, name))
                    out, err = check.communicate(timeout=60)
                else:
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    assert check.returncode == 130, (out, err)
    report = json.loads(written.read_bytes())
    assert report["run"]["interrupted"] is True
    assert any("403" in record["received"] for record in report["evidence"])
    assert out
