"""One line for each connection: read from the bytes that passed, with nothing secret and nothing that steers."""

import pytest

from proxycheck.lab.proxies.connection import Connection, asked_for, size

AT = 1_700_000_000.25


def line(*talk: tuple[str, bytes], closed: str = "client") -> str:
    """The line of a connection, without its time."""
    connection = Connection(AT)
    for who, data in talk:
        (connection.heard if who == "client" else connection.said)(data)
    connection.closed(closed)
    told = connection.line()
    assert told[8:12] == ".250"
    return told[14:]


def test_a_login_and_a_tunnel_are_one_line() -> None:
    connect = b"CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n"
    told = line(
        ("client", connect[:20]),
        ("client", connect[20:]),
        ("proxy", b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n"),
        ("client", connect),
        ("proxy", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("client", b"\x16" * 1500),
        ("proxy", b"HTTP/1.1 500 said inside the tunnel\r\n\r\n"),
    )
    assert told == "407, 200    1.6 kB     105 B  client  a.example:443"
    assert "c2VjcmV0" not in told


def test_an_interim_answer_counts_beside_the_final_one() -> None:
    reply = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n"
    assert line(("client", b"CONNECT a:1 HTTP/1.1\r\n\r\n"), ("proxy", reply), closed="proxy").startswith("102, 403")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GET http://user:secret@a.example/path?token=secret HTTP/1.1\r\n\r\n", "GET a.example:80"),
        (b"GET http://a.example:8080/ HTTP/1.1\r\n", "GET a.example:8080"),
        (b"GET /page?token=secret HTTP/1.1\r\n", "GET a page of the proxy itself"),
        (b"GET http://[/ HTTP/1.1\r\n", "GET what is no address"),
        (b"\x16\x03\x01", "TLS"),
        (b"\x05\x01\x00", "3 bytes: 05 01 00"),
    ],
)
def test_a_request_is_told_by_method_and_target_alone(data: bytes, words: str) -> None:
    assert asked_for(data) == words


def test_who_closes_first_counts_and_a_silent_client_asked_for_nothing() -> None:
    connection = Connection(AT)
    connection.closed("proxy")
    connection.closed("client")
    connection.note("by a reset")
    connection.note("by a reset")
    assert connection.line()[14:] == "none           0 B       0 B  proxy   nothing (by a reset)"


def test_what_a_client_writes_steers_no_terminal() -> None:
    told = line(("client", b"CONNECT \x1b[2Ja:443 HTTP/1.1\r\n\r\n"), ("proxy", b"HTTP/1.1 400 No\r\n\r\n"))
    assert told.isprintable()
    assert told.endswith(r"\x1b[2Ja:443")


def test_sizes_are_short() -> None:
    assert [size(999), size(1000), size(1_234_567)] == ["999 B", "1.0 kB", "1.2 MB"]
