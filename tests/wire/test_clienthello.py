"""ClientHellos, byte by byte and before a real server."""

import ssl
from typing import NamedTuple

import msgspec
import pytest
from OpenSSL import SSL

from proxycheck.catalogue.client_hellos import client_hello_names, load_client_hello
from proxycheck.wire.tls.client_hello import ClientHello, client_hello, server_name
from proxycheck.wire.tls.flight import ServerFlight
from tests.support.chains import authority, ec_key, leaf, rsa_key
from tests.support.tls_servers import answer, server

_ENTROPY = bytes(range(32))
# Android 7.0 with OkHttp 3 says this to synod.im: the published capture, its random replaced by zeros.
_CAPTURE = bytes.fromhex(
    "160301009d010000990303" + "00" * 32 + "000018c02bc02ccca9c02fc030cca8c013c014009c009d002f0035010000"
    "58ff010001000000000d000b00000873796e6f642e696d0017000000230000000d001600140601060305010503040104030301"
    "0303020102030010000e000c02683208687474702f312e31000b00020100000a000400020017"
)


class _Parsed(NamedTuple):
    record_version: int
    version: int
    random: bytes
    session_id: bytes
    suites: list[int]
    compression: bytes
    extensions: list[tuple[int, bytes]]
    message_length: int


def _parsed(data: bytes) -> _Parsed:
    """An independent reading of a ClientHello; every length has to add up."""
    assert data[0] == 22
    assert int.from_bytes(data[3:5], "big") == len(data) - 5
    message = data[5:]
    assert message[0] == 1
    assert int.from_bytes(message[1:4], "big") == len(message) - 4
    body = message[4:]
    version, random, body = int.from_bytes(body[:2], "big"), body[2:34], body[34:]
    session_id, body = body[1 : 1 + body[0]], body[1 + body[0] :]
    size, body = int.from_bytes(body[:2], "big"), body[2:]
    suites, body = [int.from_bytes(body[at : at + 2], "big") for at in range(0, size, 2)], body[size:]
    compression, body = body[1 : 1 + body[0]], body[1 + body[0] :]
    assert int.from_bytes(body[:2], "big") == len(body) - 2
    body, extensions = body[2:], []
    while body:
        size = int.from_bytes(body[2:4], "big")
        extensions.append((int.from_bytes(body[:2], "big"), body[4 : 4 + size]))
        assert len(extensions[-1][1]) == size
        body = body[4 + size :]
    record_version = int.from_bytes(data[1:3], "big")
    return _Parsed(record_version, version, random, session_id, suites, compression, extensions, len(message))


def _hello(name: str, host: str = "www.example") -> ClientHello:
    return client_hello(load_client_hello(name), host, _ENTROPY)


def test_okhttp_is_the_published_capture() -> None:
    hello = _hello("okhttp3-android-7.0", "synod.im")
    assert hello.data[:11] + bytes(32) + hello.data[43:] == _CAPTURE
    assert hello.data[11:43] == hello.random


def test_android_7_as_documented() -> None:
    hello = _hello("android-7.0")
    parsed = _parsed(hello.data)
    suites = "c02b c02c cca9 c02f c030 cca8 009e 009f c009 c00a c013 c014 0033 0039 009c 009d 002f 0035"
    assert [f"{suite:04x}" for suite in parsed.suites] == suites.split()
    assert [number for number, _ in parsed.extensions] == [0xFF01, 0, 23, 35, 13, 16, 11, 10]
    bodies = dict(parsed.extensions)
    assert bodies[13].hex() == "0014" + "0601060305010503040104030301030302010203"
    assert bodies[16] == b"\x00\x09\x08http/1.1"
    assert bodies[10].hex() == "00020017"
    assert bodies[11].hex() == "0100"
    assert bodies[0] == b"\x00\x0e\x00\x00\x0bwww.example"
    assert (parsed.record_version, parsed.version) == (0x0301, 0x0303)
    assert (parsed.session_id, parsed.compression) == (b"", b"\x00")
    assert parsed.message_length == 158 + len("www.example")
    assert hello.fingerprint == (
        "771,49195-49196-52393-49199-49200-52392-158-159-49161-49162-49171-49172-51-57-156-157-47-53,"
        "65281-0-23-35-13-16-11-10,23,0"
    )


@pytest.mark.parametrize(
    ("host_length", "message_length"),
    [(97, 255), (98, 512), (150, 512), (254, 512)],
)
def test_padding_of_boringssl(host_length: int, message_length: int) -> None:
    host = ".".join(["a" * 48] * 6)[: host_length - 1] + "b"
    parsed = _parsed(_hello("android-7.0", host).data)
    assert parsed.message_length == message_length
    assert (parsed.extensions[-1][0] == 21) == (message_length == 512)


def test_padding_has_at_least_one_byte() -> None:
    profile = load_client_hello("android-7.0")
    plain = len(client_hello(profile, "www.example", _ENTROPY).data) - 5
    assert profile.padding is not None
    for below in (plain + 1, plain + 4, plain + 5, plain + 6):
        padding = msgspec.structs.replace(profile.padding, above=0, below=below)
        padded = _parsed(client_hello(msgspec.structs.replace(profile, padding=padding), "www.example", _ENTROPY).data)
        assert padded.extensions[-1] == (21, bytes(max(1, below - plain - 4)))


def test_the_large_hello_does_not_fit_one_segment() -> None:
    parsed = _parsed(_hello("large", "www.example").data)
    shares = dict(parsed.extensions)[51]
    assert shares[:6].hex() == f"{len(shares) - 2:04x}11ec04c0"
    assert shares[6 + 1216 : 6 + 1216 + 4].hex() == "001d0020"
    assert parsed.message_length >= 1700
    assert parsed.message_length == _parsed(_hello("large", "a.example").data).message_length
    coefficients = int.from_bytes(shares[6 : 6 + 1152], "little")
    assert all((coefficients >> 12 * index) % 4096 < 3329 for index in range(768))


def test_the_modern_hello() -> None:
    parsed = _parsed(_hello("modern").data)
    bodies = dict(parsed.extensions)
    assert bodies[43].hex() == "0403040303"
    assert bodies[51][:6].hex() == "0024001d0020"
    assert len(parsed.session_id) == 32
    assert parsed.message_length < 500


def test_the_tls_10_probe() -> None:
    hello = _hello("sled11-tls10", "www.example")
    parsed = _parsed(hello.data)
    assert (parsed.record_version, parsed.version) == (0x0301, 0x0301)
    assert [number for number, _ in parsed.extensions] == [0]
    assert len(parsed.suites) == 21
    assert hello.fingerprint.endswith(",0,,")


@pytest.mark.parametrize("name", client_hello_names())
def test_every_profile_is_well_formed_and_repeatable(name: str) -> None:
    hello = _hello(name)
    parsed = _parsed(hello.data)
    profile = load_client_hello(name)
    assert (parsed.random, parsed.session_id) == (hello.random, hello.session_id)
    assert parsed.suites == list(profile.cipher_suites)
    assert _hello(name) == hello
    other = client_hello(profile, "www.example", bytes(32))
    assert other.random != hello.random
    assert len(other.data) == len(hello.data)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "[2001:db8::1]"])
@pytest.mark.parametrize("name", client_hello_names())
def test_an_address_gets_no_server_name(name: str, host: str) -> None:
    assert 0 not in dict(_parsed(_hello(name, host).data).extensions)


def test_server_names() -> None:
    assert server_name("www.example.") == b"www.example"
    assert server_name("bücher.example") == b"xn--bcher-kva.example"
    assert server_name("r1---sn-abc.example") == b"r1---sn-abc.example"
    for bad in ("", ".", "a" * 256, "ß" * 70 + ".example"):
        with pytest.raises(ValueError, match=r".+"):
            server_name(bad)


def test_entropy_has_one_length() -> None:
    with pytest.raises(ValueError, match="32 bytes of entropy"):
        client_hello(load_client_hello("modern"), "www.example", b"short")


def test_a_share_of_an_unknown_group_cannot_be_written() -> None:
    profile = msgspec.structs.replace(load_client_hello("modern"), key_shares=(0x0018,))
    with pytest.raises(ValueError, match="0x0018"):
        client_hello(profile, "www.example", _ENTROPY)


@pytest.mark.parametrize("key", ["rsa", "ec"])
@pytest.mark.parametrize("name", ["android-7.0", "okhttp3-android-7.0", "modern", "large"])
def test_a_tls_12_server_accepts_it(name: str, key: str) -> None:
    issued = leaf(authority("Root"), "www.example", key=rsa_key() if key == "rsa" else ec_key())
    context = server(issued, alpn=("http/1.1",))
    seen: list[str | None] = []
    context.set_servername_callback(lambda _socket, sni, _context: seen.append(sni))
    flight = ServerFlight()
    flight.feed(answer(context, _hello(name).data))
    assert (flight.kind, flight.problem) == ("complete", None)
    assert flight.hello is not None
    assert flight.hello.alpn == "http/1.1"
    assert seen == ["www.example"]


@pytest.mark.parametrize("name", ["modern", "large"])
def test_a_tls_13_server_accepts_it(name: str) -> None:
    context = server(leaf(authority("Root"), "www.example"), newest=ssl.TLSVersion.TLSv1_3)
    flight = ServerFlight()
    flight.feed(answer(context, _hello(name).data))
    assert (flight.kind, flight.problem) == ("tls-1.3", None)
    assert flight.hello is not None
    assert flight.hello.version_name == "TLSv1.3"


def test_the_post_quantum_share_is_one_that_servers_take() -> None:
    """FIPS 203 makes a server refuse an encapsulation key whose numbers are out of range."""
    issued = leaf(authority("Root"), "www.example")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(issued.certificate)
    context.use_privatekey(issued.key)
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    connection.bio_write(_hello("large").data)
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    flight = ServerFlight()
    flight.feed(connection.bio_read(65536))
    assert flight.kind == "tls-1.3"
    assert flight.hello is not None
    knows_mlkem = SSL.OPENSSL_VERSION_NUMBER >= 0x30500000
    assert flight.hello.group == (0x11EC if knows_mlkem else 0x001D)


def test_an_old_server_accepts_the_tls_10_probe() -> None:
    issued = leaf(authority("Root"), "www.example", key=rsa_key())
    context = server(
        issued,
        ciphers="AES256-SHA:@SECLEVEL=0",
        oldest=ssl.TLSVersion.TLSv1,
        newest=ssl.TLSVersion.TLSv1,
    )
    flight = ServerFlight()
    flight.feed(answer(context, _hello("sled11-tls10").data))
    assert flight.kind == "complete"
    assert flight.hello is not None
    assert (flight.hello.version_name, flight.hello.suite) == ("TLSv1", 0x0035)
