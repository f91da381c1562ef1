"""What a hostile proxy says on one connection, by kind. Each takes its chance and gives steps of a script.

In plain HTTP nothing here is an answer that only a host can give: what is well-formed and successful is the same page
for every host, which no host of unrelated owners shows.
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random

from proxycheck.model.target import Target
from tests.hostile.certificates import any_server
from tests.hostile.mutation import NASTY, mutated
from tests.support.answers import OPEN, answer
from tests.support.scripted import CLOSE, HEAD, RESET, STALL, Expect, Pause, Script, Step, in_pieces
from tests.support.tls_scripts import serving

CHALLENGES = (
    'Basic realm="gate"',
    'Digest realm="r", nonce="abc", qop="auth,auth-int", algorithm=SHA-256, opaque="x", stale=true',
    "NTLM",
    "NTLM TlRMTVNTUAACAAAAAAAAADgAAAACggECASNFZ4mrze8AAAAAAAAAAAAAAAA4AAAABgGxHQAAAA8=",
    "Negotiate",
    "Negotiate oYIBAAAA/////w==",
    "Kerberos",
    'Bearer realm="x", error="invalid_token"',
    'Basic realm="a", Digest realm="b", nonce="c", NTLM, Negotiate YII=',
    "AWS4-HMAC-SHA256, x=y",
    'basic charset="UTF-8"',
)
STATUSES = (*range(100, 105), 199, 204, 205, 206, 299, 300, 302, 304, *range(400, 410), 451, *range(500, 505), 511, 599)
SAME_PAGE = "<html><title>Sign in</title><form>user <input> password <input></form></html>"
ALERTS = bytes((0, 10, 20, 40, 42, 44, 45, 46, 48, 49, 50, 70, 71, 80, 86, 90, 100, 109, 112, 116, 120))
Kind = Callable[[Random, Target], Script]


def connect_reply(chance: Random, _: Target) -> Script:
    """An answer to CONNECT that opens nothing, or says that it does and is none."""
    yield HEAD
    status = chance.choice(STATUSES)
    name = chance.choice(("Server", "Via", "X-A", "Location", "Set-Cookie"))
    fields = [f"{name}: {chance.choice(('squid/6', 'x', '=', ''))}"]
    body = chance.choice(("", SAME_PAGE, "x" * 70_000, "blocked", "\x00\x01"))
    said = (
        answer(status, body, *fields) if status >= 300 else b"HTTP/1.1 %d Hm\r\nContent-Length: 3\r\n\r\nabc" % status
    )
    if 200 <= status < 300:
        said = said.replace(b"HTTP/1.1", b"HTTP/" + chance.choice((b"9.9", b"1", b"", b"one.one")), 1)
    yield from _end(chance, mutated(chance, said, 4) if chance.random() < 0.7 and status >= 300 else said)


def challenge(chance: Random, _: Target) -> Script:
    """A 407 with challenges of any scheme, whole or broken, again and again on one connection."""
    for _round in range(chance.randint(1, 4)):
        yield HEAD
        fields = [
            f"Proxy-Authenticate: {_spoilt(chance, chance.choice(CHALLENGES))}" for _ in range(chance.randint(0, 4))
        ]
        yield answer(407, chance.choice(("", SAME_PAGE)), *fields)
    yield from _end(chance, b"")


def _spoilt(chance: Random, text: str) -> str:
    said = mutated(chance, text.encode(), 2) if chance.random() < 0.5 else text.encode()
    return said.replace(b"\r", b" ").replace(b"\n", b" ").decode("latin-1")


def tls_records(chance: Random, _: Target) -> Script:
    """An open tunnel, and records that are no handshake, a broken one, or one that ends."""
    yield HEAD
    yield OPEN
    hello = yield Expect()
    server = any_server(chance)
    flight = b"".join(step for step in _begun(server_script=serving(server), hello=hello) if isinstance(step, bytes))
    records = (
        b"\x15\x03\x03\x00\x02" + bytes((chance.choice((1, 2)), chance.choice(ALERTS))),
        bytes((chance.choice((20, 21, 22, 23, 24, 99)), 3, chance.randrange(256)))
        + chance.randbytes(chance.randint(2, 400)),
        mutated(chance, flight, 4),
        flight[: chance.randint(0, len(flight))],
        chance.randbytes(chance.randint(1, 5000)),
        answer(chance.choice((200, 302, 403, 407)), SAME_PAGE),
    )
    yield from _end(chance, chance.choice(records))


def _begun(server_script: Script, hello: bytes) -> Iterator[Step]:
    step = next(server_script)
    if isinstance(step, Expect):
        step = server_script.send(hello)
    while not isinstance(step, Expect):
        yield step
        step = next(server_script, Expect())


def handshake(chance: Random, _: Target) -> Script:
    """An open tunnel, and a whole handshake by somebody who is not the host; inside it a page, nothing, or noise."""
    yield HEAD
    yield OPEN
    said = chance.choice(
        (answer(200, SAME_PAGE), answer(407, "", 'Proxy-Authenticate: Basic realm="x"'), NASTY[4], b"", b"\x00" * 40)
    )
    yield from serving(any_server(chance), lambda _: said, chance.choice((1 << 20, 1 << 20, 7, 1)))


def tunnel_answer(chance: Random, _: Target) -> Script:
    """An open tunnel on a port of plain HTTP, and an answer that no host gives."""
    yield HEAD
    yield OPEN
    yield HEAD
    said = (
        answer(407, "log in", 'Proxy-Authenticate: Basic realm="gate"'),
        answer(511, SAME_PAGE),
        mutated(chance, b"HTPP/1.1 200 OK\r\n\r\n", 1) if chance.random() < 0.5 else chance.randbytes(200),
        b"HTTP/1.1 200",
        b"",
    )
    yield from _end(chance, chance.choice(said))


def drip(chance: Random, target: Target) -> Script:
    """Anything, a byte at a time, with pauses that no deadline is reset by."""
    yield HEAD
    kinds = (
        b"HTTP/1.1 403 No\r\n\r\nno",
        OPEN[:-2],
        b"HTTP/1.1 100 Continue\r\n\r\n" * 40,
        b"\x16\x03\x03\x40\x00",
        target.id.encode(),
    )
    for step in in_pieces(chance.choice(kinds), chance.choice((1, 3))):
        yield Pause(chance.choice((0.0, 0.01, 0.5, 3.0)))
        yield step
    yield chance.choice((CLOSE, RESET, STALL))


def noise(chance: Random, _: Target) -> Script:
    """Bytes of no protocol, before or after the client has spoken; or nothing."""
    if chance.random() < 0.8:
        yield Expect()
    yield from _end(chance, chance.choice((b"", chance.randbytes(chance.randint(1, 3000)), *NASTY)))


def _end(chance: Random, data: bytes) -> Script:
    """`data` whole or in pieces, and one of the ways to leave."""
    yield from in_pieces(data, chance.choice((1 << 20, 1 << 20, 100, 5)))
    yield chance.choice((CLOSE, CLOSE, RESET, STALL))


REFUSING: Mapping[str, Kind] = {"connect-reply": connect_reply, "challenge": challenge, "drip": drip, "noise": noise}
"""Kinds that open no tunnel."""
OPENING: Mapping[str, Kind] = {"tls-records": tls_records, "handshake": handshake}
"""Kinds with somebody in the tunnel who speaks something like TLS."""
PLAIN: Mapping[str, Kind] = {"tunnel-answer": tunnel_answer}
"""Kinds with somebody in the tunnel who speaks something like HTTP."""
