"""The canary on loopback: hostile clients are limited, and nobody is contacted."""

import ast
import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from proxycheck.canary.content import Comparer, Content
from proxycheck.canary.identity import Canary
from proxycheck.canary.limits import CanaryLimits, Ledger
from proxycheck.canary.raw import FULL_DUPLEX, request_of
from proxycheck.canary.server import CanaryServer, serve_until_stopped
from proxycheck.canary.statement import SealedReader, Statement, key_from, unseal
from proxycheck.canary.tls import self_signed

HOST = "127.0.0.1"
CANARY = Canary(Ed25519PrivateKey.generate(), self_signed(HOST, datetime.now(UTC)), "token")
QUICK = CanaryLimits(quiet_s=0.2, stall_s=0.2, linger_s=0.2, write_s=0.5)
NONCE = "0" * 32
REFLECT = f"GET /v1/reflect/{NONCE} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Opens connections to one server and closes them at the end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> Connection:
        """One more connection."""
        reader, writer = await asyncio.open_connection(HOST, self._port)
        self._writers.append(writer)
        return reader, writer

    async def answered(self, connection: Connection) -> bytes:
        """What comes back for one request."""
        connection[1].write(REFLECT)
        return await connection[0].readuntil(b"}-->")

    async def close(self) -> None:
        """Closes all."""
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def served(limits: CanaryLimits) -> AsyncIterator[Client]:
    """A running canary and a client of it."""
    server = CanaryServer(CANARY, limits, asyncio.get_running_loop().time)
    (port,) = await server.start(HOST, [0])
    client = Client(port)
    try:
        yield client
    finally:
        await client.close()
        await server.close()


def with_canary(limits: CanaryLimits, work: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` against a canary, within ten seconds."""

    async def main() -> None:
        async with asyncio.timeout(10.0), served(limits) as client:
            await work(client)

    asyncio.run(main())


def stated(data: bytes) -> Statement:
    """The statement in what was received."""
    reader = SealedReader(Comparer(Content("bytes", "", 0)))
    reader.feed(data)
    statement = unseal(reader.sealed, key_from(CANARY.key))
    assert statement is not None, data
    return statement


def test_one_connection_too_many_is_told_so_and_a_closed_one_makes_room() -> None:
    async def work(client: Client) -> None:
        first, second = await client.connect(), await client.connect()
        for connection in (first, second):
            assert stated(await client.answered(connection)).about == "http"
        refused, _ = await client.connect()
        said = stated(await refused.read())
        assert (said.about, said.reason) == ("busy", "too many connections from this address")
        first[1].close()
        await first[1].wait_closed()
        while True:  # the canary hears of it in its own time
            reader, writer = await client.connect()
            writer.write(REFLECT)
            if (await reader.read(4)) == b"HTTP":
                return

    with_canary(structs.replace(QUICK, connections_per_client=2, quiet_s=5.0, stall_s=5.0), work)


def test_a_connection_has_so_many_bytes_and_no_more() -> None:
    async def work(client: Client) -> None:
        reader, writer = await client.connect()
        request = request_of(FULL_DUPLEX, NONCE)
        with contextlib.suppress(OSError):
            writer.write(request.head + request.up.slice(0, 2_000_000))
            await writer.drain()
        received = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                received += len(data)
        assert received < 200_000

    with_canary(structs.replace(QUICK, bytes_per_connection=200_000), work)


def test_an_address_has_so_many_bytes_and_no_more() -> None:
    async def work(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(20 * REFLECT)
        assert b"no more bytes or work for this client" in await reader.read()
        reader, _ = await client.connect()
        assert stated(await reader.read()).reason == "this address has used its bytes for now"

    with_canary(structs.replace(QUICK, bytes_per_client=10_000), work)


@pytest.mark.parametrize("half", [b"G", REFLECT[:-2], b"\x16\x03\x01", b"\x00proxy"])
def test_a_client_that_stops_in_the_middle_is_sent_away(half: bytes) -> None:
    async def work(client: Client) -> None:
        reader, writer = await client.connect()
        writer.write(half)
        assert len(await reader.read()) < 2048

    with_canary(QUICK, work)


def test_a_client_that_says_nothing_hears_a_banner_and_is_sent_away() -> None:
    async def work(client: Client) -> None:
        reader, _ = await client.connect()
        assert stated(await reader.read()).about == "banner"

    with_canary(QUICK, work)


def test_a_client_that_does_not_read_is_cut_off() -> None:
    async def work(client: Client) -> None:
        reader, writer = await client.connect()
        writer.get_extra_info("socket").setsockopt(1, 8, 4096)  # SOL_SOCKET, SO_RCVBUF
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        request = request_of(FULL_DUPLEX, NONCE)
        writer.write(request.head + request.up.slice(0, request.size))
        with pytest.raises(ConnectionError):
            while True:
                await writer.drain()
                writer.write(bytes(65536))
                await asyncio.sleep(0)

    with_canary(QUICK, work)


def test_no_connection_lives_for_ever() -> None:
    async def work(client: Client) -> None:
        reader, writer = await client.connect()
        with contextlib.suppress(OSError):
            while not reader.at_eof():
                writer.write(REFLECT)
                await reader.read(65536)

    with_canary(structs.replace(QUICK, longest_s=0.3), work)


def test_silence_between_requests_is_allowed() -> None:
    async def work(client: Client) -> None:
        connection = await client.connect()
        await client.answered(connection)
        await asyncio.sleep(3 * QUICK.stall_s)
        assert stated(await client.answered(connection)).about == "http"

    with_canary(QUICK, work)


def test_closing_ends_every_connection() -> None:
    async def main() -> None:
        server = CanaryServer(CANARY, CanaryLimits(), asyncio.get_running_loop().time)
        (port,) = await server.start(HOST, [0])
        client = Client(port)
        connection = await client.connect()
        await client.answered(connection)
        await server.close()
        with contextlib.suppress(OSError):
            assert await connection[0].read() == b""
        with pytest.raises(OSError, match=r"."):
            await client.connect()
        await client.close()

    asyncio.run(main())


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    async def main() -> None:
        taken = await asyncio.start_server(lambda _r, w: w.close(), HOST, 0)
        port = taken.sockets[0].getsockname()[1]
        server = CanaryServer(CANARY, CanaryLimits(), asyncio.get_running_loop().time)
        with pytest.raises(OSError, match=r"."):
            await server.start(HOST, [0, port])
        taken.close()
        await taken.wait_closed()

    asyncio.run(main())


def test_it_serves_until_it_is_cancelled() -> None:
    async def main() -> None:
        announced: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            serve_until_stopped(CANARY, HOST, [0], lambda ports: announced.set_result(ports[0]))
        )
        client = Client(await announced)
        assert stated(await client.answered(await client.connect())).about == "http"
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        with pytest.raises(OSError, match=r"."):
            await client.connect()
        await client.close()

    asyncio.run(main())


def test_the_ledger_gives_back_bytes_after_its_window() -> None:
    now = [0.0]
    ledger = Ledger(CanaryLimits(bytes_per_client=100, window_s=60.0), lambda: now[0])
    assert ledger.admit("a") is None
    assert ledger.spend("a", 100)
    assert not ledger.spend("a", 1)
    assert ledger.admit("a") is not None
    assert ledger.admit("b") is None
    now[0] = 60.0
    assert ledger.admit("a") is None


def test_the_ledger_limits_all_clients_together() -> None:
    ledger = Ledger(CanaryLimits(connections=2), lambda: 0.0)
    assert [ledger.admit(client) for client in "abc"] == [None, None, "too many connections"]
    ledger.leave("a")
    assert ledger.admit("c") is None


def test_the_ledger_stays_small_and_never_forgets_who_is_connected() -> None:
    ledger = Ledger(CanaryLimits(connections_per_client=1), lambda: 0.0)
    assert ledger.admit("here") is None
    for number in range(10_000):
        assert ledger.admit(f"passing {number}") is None
        ledger.leave(f"passing {number}")
    assert len(ledger) <= 4096
    assert ledger.admit("here") == "too many connections from this address"


def test_nothing_in_the_canary_opens_a_connection() -> None:
    room = Path(__file__).resolve().parents[2] / "proxycheck" / "canary"
    files = [file for file in room.glob("*.py") if file.name != "client.py"]
    assert len(files) > 8
    reaching = re.compile(r"open_connection|create_connection|sendto|connect_ex|datagram|dial\b|getaddrinfo")
    for file in files:
        names = {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}
        names |= {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
        assert not [name for name in names if reaching.search(name)], file


def test_a_full_ledger_takes_a_place_from_whoever_has_the_most() -> None:
    ledger = Ledger(CanaryLimits(connections=4), lambda: 0.0)
    for client in "aaab":
        assert ledger.admit(client) is None
    assert ledger.crowding("c") == "a"
    assert ledger.admit("c") is None
    ledger.leave("a")
    assert ledger.crowding("b") is None, "two and one are no crowd"
    assert ledger.admit("b") == "too many connections"


def test_the_ledger_limits_the_work_of_a_client() -> None:
    now = [0.0]
    ledger = Ledger(CanaryLimits(work_per_client_s=2.0, window_s=60.0), lambda: now[0])
    assert ledger.admit("a") is None
    assert ledger.work("a", 1.5)
    assert not ledger.work("a", 1.0)
    assert ledger.admit("a") == "this address has made enough work for now"
    assert ledger.admit("b") is None
    now[0] = 60.0
    assert ledger.admit("a") is None


def test_addresses_that_drip_do_not_keep_an_honest_client_out() -> None:
    """Two addresses hold every place; a third one is served, and the greediest has lost its oldest connection."""

    async def main() -> None:
        limits = CanaryLimits(connections=4, stall_s=60.0, quiet_s=60.0)
        server = CanaryServer(CANARY, limits, asyncio.get_running_loop().time)
        (port,) = await server.start(HOST, [0])
        client = Client(port)
        greedy = [await asyncio.open_connection(HOST, port, local_addr=("127.0.0.2", 0)) for _ in range(4)]
        for reader, writer in greedy:
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await reader.read(1)
        assert stated(await client.answered(await client.connect())).about == "http"
        with contextlib.suppress(ConnectionResetError):
            await greedy[0][0].read()
        assert not greedy[1][1].is_closing()
        for _, writer in greedy:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await client.close()
        await server.close()

    asyncio.run(asyncio.wait_for(main(), 10.0))


def test_a_client_that_makes_too_much_work_is_refused() -> None:
    async def main() -> None:
        spent = iter(float(second) for second in range(1_000_000))
        server = CanaryServer(
            CANARY, CanaryLimits(work_per_client_s=3.0), asyncio.get_running_loop().time, lambda: next(spent)
        )
        (port,) = await server.start(HOST, [0])
        client = Client(port)
        reader, writer = await client.connect()
        for _ in range(3):
            writer.write(REFLECT)
        assert b"no more bytes or work for this client" in await reader.read()
        reader, _ = await client.connect()
        assert b"this address has made enough work for now" in await reader.read()
        await client.close()
        await server.close()

    asyncio.run(asyncio.wait_for(main(), 10.0))
