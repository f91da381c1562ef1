"""The commands to type: they show what the tool saw, hold no password, and mean the same in every shell."""

import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.diagnosis.answers.by_hand import quote, reproduce, roots_given
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


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30))
def test_every_word_is_one_word_for_a_posix_shell(word: str) -> None:
    assert shlex.split(quote(word)) == [word]


@given(st.text("abcABC019 &|<>^()@%:/=;,'[]{}*?~#-_+", min_size=1, max_size=30))
def test_words_without_posix_specials_are_one_word_for_the_windows_command_line_too(word: str) -> None:
    quoted = quote(word)
    assert quoted in (word, f'"{word}"')
    assert quoted == f'"{word}"' or not set(word) & set(" &|<>^()=;,'*?")


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
        server.shutdown(socket.SHUT_RDWR)
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
