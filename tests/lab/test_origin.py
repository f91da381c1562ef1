"""What the origins say, as bytes in and bytes out."""

import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.internet.certificates import Certificates
from proxycheck.lab.internet.origin import Origin

AUTHORITY = Authority.public()
GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


@pytest.fixture
def origin() -> Origin:
    return Origin(Certificates(["a.example", "B.example"], AUTHORITY.issue))


def test_a_request_is_answered_with_a_page_of_the_host(origin: Origin) -> None:
    answer = origin.receive(GET)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"This is a.example" in body
    assert not origin.finished


def test_generate_204_is_204_and_empty(origin: Origin) -> None:
    answer = origin.receive(b"GET /generate_204?x=1 HTTP/1.1\r\nHost: a.example\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in answer


def test_a_request_in_single_bytes_is_answered_once_at_its_end(origin: Origin) -> None:
    answers = [origin.receive(bytes([byte])) for byte in GET]
    assert not any(answers[:-1])
    assert answers[-1].startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_on_one_connection_are_answered_in_order_and_bodies_are_skipped(origin: Origin) -> None:
    post = b"POST /a HTTP/1.1\r\nHost: first.example\r\nContent-Length: 5\r\n\r\nHTTP\n"
    answer = origin.receive(post + GET)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(b"This is first.example") < answer.index(b"This is a.example")


def test_a_body_that_comes_later_is_not_taken_for_a_request(origin: Origin) -> None:
    origin.receive(b"POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 8\r\n\r\nab")
    assert origin.receive(b"cd\r\n\r\n") == b""
    assert origin.receive(GET).count(b"HTTP/1.1 200 OK") == 1


def test_head_has_no_body(origin: Origin) -> None:
    assert origin.receive(b"HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n").endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_head",
    [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"],
    ids=["1.0", "close"],
)
def test_the_connection_ends_when_the_client_wants_it(origin: Origin, request_head: bytes) -> None:
    assert b"Connection: close" in origin.receive(request_head)
    assert origin.finished


def test_something_that_is_not_http_gets_400(origin: Origin) -> None:
    assert origin.receive(b"EHLO there\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert origin.finished


def test_an_endless_head_ends_the_connection(origin: Origin) -> None:
    assert origin.receive(b"GET /" + b"x" * 70000) == b""
    assert origin.finished


def test_teamviewer_is_answered_whatever_it_says(origin: Origin) -> None:
    assert origin.receive(bytes.fromhex("17240a20")).startswith(b"\x17\x24")
    assert not origin.finished


class Client:
    """The standard library's TLS in memory, talking to an origin without a network."""

    def __init__(self, origin: Origin, name: str | None) -> None:
        context = ssl.create_default_context(cadata=AUTHORITY.root_pem.decode())
        context.check_hostname = name is not None
        context.set_alpn_protocols(["h2", "http/1.1"])
        self._origin = origin
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=name)

    def pump(self) -> None:
        """Carries what was written to the origin, and its answer back."""
        while data := self._out.read():
            self._in.write(self._origin.receive(data))

    def handshake(self) -> None:
        """Completes the handshake. Raises ssl.SSLError where the origin does not."""
        for _ in range(5):
            try:
                return self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.pump()
        raise AssertionError("the handshake came to nothing")


@pytest.mark.parametrize("name", ["a.example", "A.EXAMPLE", "b.example"])
def test_tls_shows_the_certificate_of_the_host_and_speaks_http_inside(origin: Origin, name: str) -> None:
    client = Client(origin, name)
    client.handshake()
    assert client.tls.selected_alpn_protocol() == "http/1.1"
    client.tls.write(GET)
    client.pump()
    assert client.tls.read().startswith(b"HTTP/1.1 200 OK")


def test_tls_ends_with_close_notify(origin: Origin) -> None:
    client = Client(origin, "a.example")
    client.handshake()
    client.tls.write(b"GET / HTTP/1.0\r\n\r\n")
    client.pump()
    assert client.tls.read().startswith(b"HTTP/1.1 200 OK")
    assert client.tls.read() == b""  # without close_notify this would raise SSLWantReadError
    assert origin.finished


def test_close_notify_of_the_client_is_answered(origin: Origin) -> None:
    client = Client(origin, "a.example")
    client.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.pump()
    client.tls.unwrap()
    assert origin.finished


def test_without_a_server_name_the_certificate_fits_nobody(origin: Origin) -> None:
    client = Client(origin, None)
    client.handshake()
    found = client.tls.getpeercert(binary_form=True)
    assert found
    subject = x509.load_der_x509_certificate(found).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "no-server-name.invalid"


def test_a_server_name_that_is_not_in_the_box_ends_in_an_alert(origin: Origin) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert handshake failure"):
        Client(origin, "c.example").handshake()
    assert origin.finished


def test_a_client_hello_cut_into_bytes_works(origin: Origin) -> None:
    client = Client(origin, "a.example")
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.do_handshake()
    answers = [origin.receive(bytes([byte])) for byte in client._out.read()]
    client._in.write(b"".join(answers))
    client.handshake()
