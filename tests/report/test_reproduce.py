"""The commands to type: they show what the tool saw, hold no password, and exist on the computer of the run."""

import contextlib
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator

import pytest
import trustme

from proxycheck.diagnosis.answers.by_hand import reproduce, roots_given
from proxycheck.model.device import Endpoint, Scheme, Speaks
from proxycheck.model.target import ProxyAddress

HOST = "www.example.com"
PROXY = ProxyAddress("http", "10.0.0.1", 3128)


def endpoint(port: int, speaks: Speaks, scheme: Scheme, host: str = "www.example.com", path: str = "/") -> Endpoint:
    return Endpoint(host=host, port=port, scheme=scheme, tier="required", function="F", speaks=speaks, path=path)


HTTPS = endpoint(443, "tls", "https")


@pytest.mark.parametrize(
    ("target", "proxy", "lines"),
    [
        (
            HTTPS,
            PROXY,
            (
                "curl -v --proxy http://10.0.0.1:3128 --proxytunnel https://www.example.com/",
                f"openssl s_client -proxy 10.0.0.1:3128 -connect {HOST}:443 -servername {HOST} -showcerts",
            ),
        ),
        (
            endpoint(80, "http", "http", path="/generate_204"),
            PROXY,
            ("curl -v --proxy http://10.0.0.1:3128 --proxytunnel http://www.example.com/generate_204",),
        ),
        (
            endpoint(5228, "tls", "tcp"),
            PROXY,
            (
                f"openssl s_client -proxy 10.0.0.1:3128 -connect {HOST}:5228 -servername {HOST} -showcerts",
                "curl -v --proxy http://10.0.0.1:3128 --proxytunnel https://www.example.com:5228/",
            ),
        ),
        (
            endpoint(5938, "teamviewer", "tcp"),
            PROXY,
            ("curl -v --proxy http://10.0.0.1:3128 --proxytunnel telnet://www.example.com:5938",),
        ),
        (endpoint(80, "http", "http"), None, ("curl -v http://www.example.com/",)),
        (
            endpoint(443, "tls", "https", host="10.1.1.1"),
            ProxyAddress("https", "::1", 3128),
            (
                'curl -v --proxy "http://[::1]:3128" --proxytunnel https://10.1.1.1/',
                'openssl s_client -proxy "[::1]:3128" -connect 10.1.1.1:443 -showcerts',
            ),
        ),
        (
            HTTPS,
            ProxyAddress("http", "10.0.0.1", 3128, "A\\b c"),
            (
                f'curl -v --proxy http://10.0.0.1:3128 --proxy-user "A\\b c" --proxytunnel https://{HOST}/',
                (
                    'openssl s_client -proxy 10.0.0.1:3128 -proxy_user "A\\b c" '
                    f"-proxy_pass env:PROXYCHECK_PASSWORD -connect {HOST}:443 -servername {HOST} -showcerts"
                ),
            ),
        ),
    ],
)
def test_lines(target: Endpoint, proxy: ProxyAddress | None, lines: tuple[str, ...]) -> None:
    assert reproduce(target, proxy) == lines


def test_roots_given_for_the_run_are_given_to_both_programs_and_not_to_plain_http() -> None:
    curl, openssl = reproduce(HTTPS, PROXY, roots="/a b/roots.pem")
    assert ' --cacert "/a b/roots.pem" https://' in curl
    assert openssl.endswith(' -CAfile "/a b/roots.pem" -showcerts')
    (plain,) = reproduce(endpoint(80, "http", "http"), PROXY, roots="roots.pem")
    assert "--cacert" not in plain


@pytest.mark.parametrize(("roots", "given"), [("r.pem", "r.pem"), ("a\nb", None), ("", None), (None, None), (7, None)])
def test_a_saved_report_gives_no_roots_that_cannot_be_one_word(roots: object, given: str | None) -> None:
    assert roots_given({"roots": roots}) == given


def test_a_device_that_forwards_plain_http_is_shown_without_a_tunnel() -> None:
    assert reproduce(endpoint(80, "http", "http"), PROXY, forward=True) == (
        "curl -v --proxy http://10.0.0.1:3128 http://www.example.com/",
    )
    assert reproduce(HTTPS, PROXY, forward=True) == reproduce(HTTPS, PROXY)


PORT = 'powershell -Command "Test-NetConnection -ComputerName 10.0.0.1 -Port 3128"'


@pytest.mark.parametrize(
    ("target", "proxy", "lines"),
    [
        (
            HTTPS,
            PROXY,
            (
                f"curl.exe -v --proxy http://10.0.0.1:3128 --proxytunnel https://{HOST}/",
                (
                    "curl.exe --proxy http://10.0.0.1:3128 --proxytunnel --insecure --output NUL "
                    f'--write-out "%{{certs}}" https://{HOST}/'
                ),
                PORT,
            ),
        ),
        (
            endpoint(5938, "teamviewer", "tcp"),
            PROXY,
            (f"curl.exe -v --proxy http://10.0.0.1:3128 --proxytunnel telnet://{HOST}:5938", PORT),
        ),
        (
            endpoint(80, "http", "http"),
            None,
            (
                f"curl.exe -v http://{HOST}/",
                f'powershell -Command "Test-NetConnection -ComputerName {HOST} -Port 80"',
            ),
        ),
    ],
)
def test_windows_has_no_openssl_and_gets_lines_that_exist_there(
    target: Endpoint, proxy: ProxyAddress | None, lines: tuple[str, ...]
) -> None:
    assert reproduce(target, proxy, shells="windows") == lines


@pytest.fixture
def refusing_proxy() -> Iterator[ProxyAddress]:
    """A proxy that answers whatever it is asked with 403, once for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 403 Not for you\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield ProxyAddress("http", *server.getsockname())
        with contextlib.suppress(OSError):  # Windows has none for a listening socket; closing it wakes the thread there
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.parametrize("target", [HTTPS, endpoint(80, "http", "http"), endpoint(5938, "teamviewer", "tcp")])
def test_the_lines_show_the_refusal(refusing_proxy: ProxyAddress, target: Endpoint) -> None:
    for line in reproduce(target, refusing_proxy):
        words = shlex.split(line)
        if shutil.which(words[0]) is None:
            pytest.skip(f"{words[0]} is not installed")
        ended = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=30)
        assert ended.returncode != 0
        assert b"403" in ended.stdout + ended.stderr


def test_curl_shows_the_certificates_where_openssl_is_missing() -> None:
    """The line of Windows, with the curl of this system, at a server whose certificate nobody trusts."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    authority = trustme.CA(organization_name="Nobody's authority")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_answer_once, args=(listening, server))
        thread.start()
        target = endpoint(listening.getsockname()[1], "tls", "https", host="127.0.0.1")
        words = shlex.split(reproduce(target, None, shells="windows")[1])
        words[words.index("NUL")] = os.devnull
        shown = subprocess.run([curl, *words[1:]], capture_output=True, check=False, timeout=30)
        thread.join()
    assert b"Nobody's authority" in shown.stdout
    assert b"BEGIN CERTIFICATE" in shown.stdout


def _answer_once(listening: socket.socket, server: ssl.SSLContext) -> None:
    connection, _ = listening.accept()
    with server.wrap_socket(connection, server_side=True) as inside:
        inside.recv(65536)
        inside.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
