"""The TLS client on memory BIOs, against the standard library's OpenSSL as the server; no socket."""

import random
import ssl
from functools import cache

import pytest
from OpenSSL import SSL

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.wire.tls.client import TlsClient, client_context
from tests.support.chains import Issued, authority, leaf
from tests.support.tls_servers import server

HOST = "www.example.com"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@cache
def chain() -> tuple[Issued, Issued, Issued]:
    """Leaf, intermediate, root: known to nobody."""
    root = authority("Example Root")
    between = authority("Example Intermediate", root)
    return leaf(between, HOST), between, root


class Server:
    """The far end of one handshake."""

    def __init__(self, version: ssl.TLSVersion = V13, alpn: tuple[str, ...] = ()) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = server(*chain()[:2], newest=version, oldest=version, alpn=alpn)
        self.names: list[str | None] = []
        context.sni_callback = lambda _, name, __: self.names.append(name)
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.done = False

    def hear(self, data: bytes) -> bytes:
        self.incoming.write(data)
        if not self.done:
            try:
                self.tls.do_handshake()
                self.done = True
            except ssl.SSLWantReadError:
                pass
        return self.outgoing.read()


def shake(client: TlsClient, peer: Server, piece: int = 1 << 20) -> None:
    for _ in range(6):
        for_server = client.pending()
        for_client = peer.hear(for_server) if for_server else b""
        for start in range(0, len(for_client), piece):
            client.receive(for_client[start : start + piece])
    assert client.state == "established"


@pytest.mark.parametrize("version", [V12, V13])
@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_the_chain_is_kept_as_sent_and_nobody_is_asked_to_trust_it(version: ssl.TLSVersion, piece: int) -> None:
    client, peer = TlsClient(HOST), Server(version, alpn=("http/1.1",))
    shake(client, peer, piece)
    seen = client.evidence()
    assert [pem.encode() for pem in seen.chain] == [issued.pem for issued in chain()[:2]]
    assert seen.authenticated
    assert seen.server_name == HOST
    assert peer.names == [HOST]
    assert (seen.version, seen.alpn, seen.alert) == ("TLSv1.2" if version is V12 else "TLSv1.3", "http/1.1", None)
    assert seen.cipher


def test_an_address_is_not_sent_as_a_server_name() -> None:
    for host in ("192.0.2.7", "2001:db8::7"):
        client, peer = TlsClient(host), Server()
        shake(client, peer)
        assert peer.names == [None]


def test_data_travels_both_ways() -> None:
    client, peer = TlsClient(HOST), Server()
    shake(client, peer)
    assert client.read() == b""
    peer.hear(client.write(b"GET / HTTP/1.1\r\n\r\n"))
    assert peer.tls.read(100) == b"GET / HTTP/1.1\r\n\r\n"
    peer.tls.write(b"an answer " * 3000)
    client.receive(peer.outgoing.read())
    assert client.read() == b"an answer " * 3000
    assert client.read() == b""
    assert len(client.export(b"EXPORTER-proxycheck", 32)) == 32


def test_a_handshake_that_has_only_begun_has_little_to_tell() -> None:
    client = TlsClient(HOST)
    assert client.pending()[:3] == b"\x16\x03\x01"
    assert client.pending() == b""
    seen = client.evidence()
    assert (seen.authenticated, seen.version, seen.chain, seen.alpn, seen.alert) == (False, None, (), None, None)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x28", "alert handshake failure"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "tlsv1 unrecognized name"),
        (b"\x15\x03\x01\x00\x02\x02\x31", "alert access denied"),
    ],
)
def test_an_alert_is_told_in_openssls_words(answer: bytes, word: str) -> None:
    client = TlsClient(HOST)
    client.pending()
    client.receive(answer)
    assert client.state == "failed"
    assert client.alert is not None
    assert word in client.alert


def test_a_failed_client_takes_no_more_and_says_no_more() -> None:
    client = TlsClient(HOST)
    client.receive(b"\x15\x03\x03\x00\x02\x02\x28")
    client.receive(b"\x16\x03\x03")
    assert client.state == "failed"
    assert client.read() == b""
    client.write(b"anything")
    assert client.state == "failed"
    assert not client.evidence().authenticated


@pytest.mark.parametrize("seed", range(40))
def test_noise_never_raises(seed: int) -> None:
    noise = random.Random(seed)
    client, peer = TlsClient(HOST), Server(V12 if seed % 2 else V13)
    first = bytearray(peer.hear(client.pending()))
    if seed < 20:
        for _ in range(4):
            first[noise.randrange(len(first))] ^= 1 << noise.randrange(8)
    else:
        first = bytearray(b"\x16\x03\x03" + noise.randbytes(2000))
    client.receive(bytes(first))
    client.pending()
    client.read()
    client.evidence()
    assert client.state in ("handshake", "failed", "established")


def test_the_list_of_ciphers_is_the_last_thing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some versions of pyOpenSSL try the list on a connection, and warn of everything that is set after the first."""
    done: list[str] = []

    class Context(SSL.Context):
        def __getattribute__(self, name: str) -> object:
            if name.startswith("set_"):
                done.append(name)
            return super().__getattribute__(name)

    monkeypatch.setattr(SSL, "Context", Context)
    client_context.__wrapped__(load_client_hello("android-7.0"))
    assert done.index("set_cipher_list") == len(done) - 1
