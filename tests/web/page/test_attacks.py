"""Whoever else is on this computer speaks HTTP to the program as it runs: nothing is shown, begun, kept or delayed."""

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
_PATIENCE_S = 60.0
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_FILES = "Content-Type: multipart/form-data; boundary=x\r\n"
_GIGABYTE = 1 << 30
_IDLE = 200
_CUT = 0
"""In place of a status: the connection is closed, with an answer or without one."""


@dataclass
class Served:
    """The program, its port, the token, and the cookie of the browser that opened it."""

    process: "subprocess.Popen[str]"
    port: int
    token: str
    cookie: str = ""

    @property
    def host(self) -> str:
        """The right Host line."""
        return f"Host: 127.0.0.1:{self.port}\r\n"

    @property
    def own(self) -> str:
        """The lines with which the right browser sends a form."""
        return f"{self.host}Cookie: {self.cookie}\r\nOrigin: http://127.0.0.1:{self.port}\r\n"

    def connected(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE_S)

    def asked(self, head: str, body: bytes = b"") -> bytes:
        """The whole answer to these bytes; empty where the connection is closed without one."""
        with self.connected() as line:
            line.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
            return _rest(line)


def _rest(line: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while chunk := line.recv(65_536):
            received += chunk
    return received


def _status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The program as a person starts it, opened by one browser."""
    command = [sys.executable, "-m", "proxycheck", "web", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch = threading.Timer(300.0, process.kill)
    watch.start()
    assert process.stdout is not None
    found = re.search(r":(\d+)/\?token=(\S+)", process.stdout.readline())
    assert found, process.stderr and process.stderr.read()
    made = Served(process, int(found[1]), found[2])
    try:
        strangers = made.asked(f"GET /?token=wrong HTTP/1.1\r\n{made.host}")
        assert _status(strangers) == 403
        opened = made.asked(f"GET /?token={made.token} HTTP/1.1\r\n{made.host}")
        cookie = re.search(rb"set-cookie: ([^;]+)", opened)
        assert (_status(opened), cookie is not None) == (303, True)
        made.cookie = cookie[1].decode() if cookie else ""
        yield made
    finally:
        process.terminate()
        rest = process.communicate()
        watch.cancel()
    assert rest[1] == "", "nothing that an attacker sends is written anywhere"
    assert not any(word in "".join(rest) for word in (made.token, "hunter2"))


HEADS = {
    "no token": ("GET / HTTP/1.1\r\n{host}", 403),
    "wrong token": ("GET /?token=wrong HTTP/1.1\r\n{host}", 403),
    "token that was used": ("GET /?token={token} HTTP/1.1\r\n{host}", 403),
    "wrong cookie": ("GET / HTTP/1.1\r\n{host}Cookie: proxycheck-{port}=x\r\n", 403),
    "name that points here": ("GET / HTTP/1.1\r\nHost: rebound.example\r\nCookie: {cookie}\r\n", 403),
    "name with the port": ("GET / HTTP/1.1\r\nHost: rebound.example:{port}\r\nCookie: {cookie}\r\n", 403),
    "localhost": ("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n", 403),
    "no Host": ("GET / HTTP/1.0\r\nCookie: {cookie}\r\n", 403),
    "two Hosts": ("GET / HTTP/1.1\r\n{host}Host: rebound.example\r\nCookie: {cookie}\r\n", 400),
    "Host within the target": ("GET http://rebound.example/ HTTP/1.1\r\n{host}Cookie: {cookie}\r\n", 404),
    "no Origin": ("POST /quit HTTP/1.1\r\n{host}Cookie: {cookie}\r\nContent-Length: 0\r\n", 403),
    "other Origin": ("POST /quit HTTP/1.1\r\n{host}Cookie: {cookie}\r\nOrigin: http://127.0.0.1:80\r\n", 403),
    "Origin null": ("POST /quit HTTP/1.1\r\n{host}Cookie: {cookie}\r\nOrigin: null\r\n", 403),
    "from another site": ("GET / HTTP/1.1\r\n{host}Cookie: {cookie}\r\nSec-Fetch-Site: cross-site\r\n", 403),
    "ending by a link": ("GET /quit HTTP/1.1\r\n{own}", 405),
    "stranger ends it": ("POST /quit HTTP/1.1\r\n{host}Origin: http://127.0.0.1:{port}\r\n", 403),
    "traversal": ("GET /runs/../../../../etc/passwd HTTP/1.1\r\n{own}", 404),
    "traversal, encoded": ("GET /runs/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n{own}", 404),
    "traversal, doubled": ("GET //etc/passwd HTTP/1.1\r\n{own}", 404),
    "folder": ("GET /runs/ HTTP/1.1\r\n{own}", 404),
    "other method": ("TRACE / HTTP/1.1\r\n{own}", 405),
    "upgrade": ("GET / HTTP/1.1\r\n{host}Upgrade: websocket\r\nConnection: Upgrade\r\n", 403),
    "head of 100 kB": ("GET / HTTP/1.1\r\n{host}X: {long}\r\n", _CUT),
    "two lengths": ("POST / HTTP/1.1\r\n{own}Content-Length: 3\r\nContent-Length: 4\r\n", 400),
    "no HTTP": ("\x16\x03\x01\r\n", 400),
}


@pytest.mark.parametrize("name", HEADS)
def test_what_is_refused_by_its_head(served: Served, name: str) -> None:
    head, code = HEADS[name]
    known = {"host": served.host, "own": served.own, "port": served.port, "token": served.token}
    answer = served.asked(head.format(**known, cookie=served.cookie, long="x" * 100_000))
    assert (_status(answer) if code else _CUT, b"root:" in answer, served.process.poll()) == (code, False, None)
    if code == 403:
        assert b"content-security-policy: default-src 'none'" in answer
    assert _status(served.asked(f"GET / HTTP/1.1\r\n{served.own}")) == 200


@pytest.mark.parametrize("kind", [_FORM, _FILES], ids=["form", "file"])
@pytest.mark.parametrize("known", [True, False], ids=["known", "stranger"])
def test_a_gigabyte_is_not_read(served: Served, kind: str, known: bool) -> None:
    who = served.own if known else served.host
    before = _memory_kb(served)
    sent = 0
    with served.connected() as line, contextlib.suppress(ConnectionError):
        line.sendall(f"POST / HTTP/1.1\r\n{who}{kind}Content-Length: {_GIGABYTE}\r\n\r\n".encode())
        line.settimeout(_PATIENCE_S)
        while sent < _GIGABYTE:
            sent += line.send(bytes(65_536))
    assert sent < 64 << 20
    assert _memory_kb(served) - before < 32 << 10
    assert _status(served.asked(f"GET / HTTP/1.1\r\n{served.own}")) == 200


def _memory_kb(served: Served) -> int:
    """The most memory that the program ever had, 0 where that cannot be known."""
    status = Path(f"/proc/{served.process.pid}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.is_file() else None
    return int(found[1]) if found else 0


def test_whoever_dawdles_is_left_and_delays_nobody(served: Served) -> None:
    """Two hundred who say nothing, one who never ends the head, one who never sends the body: all at once."""
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(served.connected()) for _ in range(_IDLE)]
        head, body = stack.enter_context(served.connected()), stack.enter_context(served.connected())
        head.sendall(f"GET / HTTP/1.1\r\n{served.own}".encode())
        body.sendall(f"POST / HTTP/1.1\r\n{served.own}{_FORM}Content-Length: 10\r\n\r\nuser".encode())
        began = time.monotonic()
        for _ in range(5):
            assert _status(served.asked(f"GET / HTTP/1.1\r\n{served.own}")) == 200
        assert time.monotonic() - began < _PATIENCE_S / 2
        dripping = threading.Thread(target=_drip, args=(head,), daemon=True)
        dripping.start()
        assert _rest(head) == b""
        assert _status(_rest(body)) == 408
        assert [_rest(line) for line in idle] == [b""] * _IDLE
        dripping.join(_PATIENCE_S)


def _drip(line: socket.socket) -> None:
    """A header that never ends, a byte at a time."""
    with contextlib.suppress(OSError):
        while True:
            line.sendall(b"x")
            time.sleep(0.2)


def test_only_this_computer_is_listened_to(served: Served) -> None:
    """127.0.0.2 is this computer too, and not what is listened on."""
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", served.port), timeout=5):
        pass


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_the_password_stands_in_no_process_list(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        fields = f"device=sendpro-c&host=127.0.0.1&port={silent.getsockname()[1]}&user=clerk&password=hunter2-hunter2"
        head = f"POST / HTTP/1.1\r\n{served.own}{_FORM}Content-Length: {len(fields)}\r\n"
        place = re.search(rb"location: (\S+)", served.asked(head, fields.encode()))
        assert place is not None
        silent.accept()[0].close()
        (child,) = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
        for process in (child, str(served.process.pid)):
            for file in ("cmdline", "environ"):
                assert b"hunter2" not in Path(f"/proc/{process}/{file}").read_bytes()
        served.asked(f"POST {place[1].decode()}/stop HTTP/1.1\r\n{served.own}Content-Length: 0\r\n")
        answer = served.asked(f"GET {place[1].decode()}/events HTTP/1.1\r\n{served.own}")
        assert b'"ended":true' in answer
        assert b"hunter2" not in answer
