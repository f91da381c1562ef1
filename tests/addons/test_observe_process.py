"""observe in a real mitmdump: sockets on either side see what they would see without it, and the log tells it."""

import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proxycheck import resources

WAIT_S = 20.0
CONNECT = b"CONNECT pbdlsp1.pb.com:443 HTTP/1.1\r\nHost: pbdlsp1.pb.com:443\r\n\r\n"
_MITMDUMP = (sys.executable, "-W", "ignore", "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()")
_LISTENING = re.compile(r"listening at [\w.\[\]:*]*?:(\d+)")
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


def arguments(folder: Path, proxy_port: int, *more: str) -> list[str]:
    script = str(resources.addons() / "observe.py")
    mode = ("--mode", f"upstream:http://127.0.0.1:{proxy_port}", "--listen-host", "127.0.0.1", "--listen-port", "0")
    return [*_MITMDUMP, "-s", script, *mode, "--set", f"confdir={folder}", *more]


def listening_port(process: subprocess.Popen[str]) -> int:
    """Where a mitmdump that was just started listens."""
    assert process.stdout is not None
    said = next((found for line in process.stdout if (found := _LISTENING.search(line))), None)
    assert said is not None
    return int(said[1])


@dataclass
class Stand:
    """A running observer; the test itself plays the device and the customer's proxy."""

    port: int
    listener: socket.socket
    log: Path
    process: subprocess.Popen[str]

    @contextlib.contextmanager
    def connection(self) -> Iterator[tuple[socket.socket, socket.socket]]:
        """The device's socket and the proxy's."""
        with socket.create_connection(("127.0.0.1", self.port), WAIT_S) as device:
            proxy, _ = self.listener.accept()
            with proxy:
                device.settimeout(WAIT_S)
                proxy.settimeout(WAIT_S)
                yield device, proxy

    def line(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line that fits, once the observer has written it."""
        with self.log.open("rb") as file:
            for _ in range(int(WAIT_S * 100)):
                line = file.readline()
                if line.endswith(b"\n") and wanted(json.loads(line)):
                    found: dict[str, Any] = json.loads(line)
                    return found
                if not line:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self.process.wait(0.01)
        raise AssertionError(self.log.read_text())


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        folder = Path(name)
        log = folder / "device.jsonl"
        command = arguments(folder, listener.getsockname()[1], "--set", f"observe_log={log}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                yield Stand(listening_port(process), listener, log, process)
            finally:
                process.kill()


def read(connection: socket.socket, size: int) -> bytes:
    """Exactly so many bytes, or what came before the end."""
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def about(target: str) -> Callable[[dict[str, Any]], bool]:
    return lambda line: any(each["target"] == target for each in line["exchanges"])


@pytest.mark.slow
def test_a_login_in_several_steps_and_a_tunnel(stand: Stand) -> None:
    steps = [
        (CONNECT, b"HTTP/1.1 407 Go on\r\nProxy-Authenticate: NTLM\r\nContent-Length: 2\r\n\r\nno"),
        (
            CONNECT.replace(b"\r\n\r\n", b"\r\nProxy-Authorization: NTLM TlRMTVNTUAABAAAA\r\n\r\n"),
            b"HTTP/1.1 407 Go on\r\nProxy-Authenticate: NTLM TlRMTVNTUAACAAAA\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            CONNECT.replace(b"\r\n\r\n", b"\r\nproxy-authorization:NTLM TlRMTVNTUAADAAAA\r\n\r\n"),
            b"HTTP/1.0 200  Odd but open\nX: y\r\n\n",
        ),
        (b"\x16\x03\x01\x00\x01x", b"\x15\x03\x03\x00\x02\x02\x28"),
    ]
    with stand.connection() as (device, proxy):
        for up, down in steps:
            device.sendall(up)
            assert read(proxy, len(up)) == up
            proxy.sendall(down)
            assert read(device, len(down)) == down
        proxy.shutdown(socket.SHUT_WR)
        assert device.recv(1) == b""
    line = stand.line(about("pbdlsp1.pb.com:443"))
    assert [each["authorization"] for each in line["exchanges"]] == [None, "ntlm", "ntlm"]
    assert line["exchanges"][2]["tunnel"]["records_down"] == [[21, 2, 2, 40]]
    assert line["bytes_up"] == sum(len(up) for up, _ in steps)
    assert line["bytes_down"] == sum(len(down) for _, down in steps)
    assert line["end"] == "proxy-closed"
    assert "TlRM" not in json.dumps(line)


def test_a_half_closed_connection_still_brings_the_answer(stand: Stand) -> None:
    request = b"GET http://half.example/ HTTP/1.0\r\n\r\n"
    with stand.connection() as (device, proxy):
        device.sendall(request)
        device.shutdown(socket.SHUT_WR)
        assert read(proxy, len(request) + 1) == request
        proxy.sendall(b"HTTP/1.0 200 OK\r\n\r\nlate")
        proxy.close()
        assert read(device, 1000) == b"HTTP/1.0 200 OK\r\n\r\nlate"
    line = stand.line(about("half.example:80"))
    assert line["end"] == "device-closed"
    assert line["exchanges"][0]["reply"]["head"] == ["HTTP/1.0 200 OK"]


@pytest.mark.parametrize("who", ["proxy", "device"])
@pytest.mark.slow
def test_a_reset_is_handed_on_as_a_reset(stand: Stand, who: str) -> None:
    target = f"reset-by-{who}.example:443"
    request = f"CONNECT {target} HTTP/1.1\r\n\r\n".encode()
    with stand.connection() as (device, proxy):
        device.sendall(request)
        assert read(proxy, len(request)) == request
        cut, other = (proxy, device) if who == "proxy" else (device, proxy)
        cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        cut.close()
        with pytest.raises(ConnectionError):
            other.recv(1)
    assert stand.line(about(target))["end"] == f"{who}-reset"


@pytest.mark.slow
def test_much_data_passes_whole(stand: Stand) -> None:
    request = b"CONNECT much.example:443 HTTP/1.1\r\n\r\n"
    opened = b"HTTP/1.1 200 OK\r\n\r\n"
    block = os.urandom(1 << 20)
    with stand.connection() as (device, proxy):
        device.sendall(request)
        read(proxy, len(request))
        proxy.sendall(opened)
        assert read(device, len(opened)) == opened
        for _ in range(8):
            proxy.sendall(block)
            assert read(device, len(block)) == block
    line = stand.line(about("much.example:443"))
    assert line["exchanges"][0]["tunnel"]["bytes_down"] == 8 * len(block)


@pytest.mark.skipif(os.name == "nt", reason="nothing there ends mitmdump as Ctrl-C does")
@pytest.mark.slow
def test_what_is_open_when_it_stops_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        log = tmp_path / "device.jsonl"
        command = arguments(tmp_path, listener.getsockname()[1], "--set", f"observe_log={log}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            assert process.stdout is not None
            said = next((found for line in process.stdout if (found := _LISTENING.search(line))), None)
            assert said is not None
            with socket.create_connection(("127.0.0.1", int(said[1])), WAIT_S) as device:
                proxy, _ = listener.accept()
                with proxy:
                    device.sendall(CONNECT)
                    assert read(proxy, len(CONNECT)) == CONNECT
                    process.send_signal(signal.SIGINT)
                    process.communicate(timeout=WAIT_S)
    (line,) = [json.loads(text) for text in log.read_text().splitlines()]
    assert (line["end"], line["exchanges"][0]["target"]) == ("open", "pbdlsp1.pb.com:443")


@pytest.mark.slow
def test_a_proxy_that_refuses_connections(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    log = tmp_path / "device.jsonl"
    command = arguments(tmp_path, port, "--set", f"observe_log={log}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            said = next((found for line in process.stdout if (found := _LISTENING.search(line))), None)
            assert said is not None
            with (
                socket.create_connection(("127.0.0.1", int(said[1])), WAIT_S) as device,
                contextlib.suppress(ConnectionError),
            ):
                assert device.recv(1) == b""
            line = Stand(port, closed, log, process).line(lambda _: True)
        finally:
            process.kill()
    assert line["end"] == "proxy-unreachable"
    assert line["error"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--set", "observe_log=/nowhere/at/all.jsonl"), "observe_log: /nowhere/at/all.jsonl cannot be written"),
        ((), "say --set observe_log=FILE"),
        (("--set", "observe_log=x.jsonl", "--upstream-auth", "clerk:pw"), "leave upstream_auth out"),
    ],
)
@pytest.mark.slow
def test_it_does_not_start_without_a_log(tmp_path: Path, more: tuple[str, ...], sentence: str) -> None:
    command = arguments(tmp_path, 9, *more)
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=WAIT_S, check=False, cwd=tmp_path, stdin=subprocess.DEVNULL
    )
    assert ended.returncode != 0
    assert sentence in ended.stdout + ended.stderr
