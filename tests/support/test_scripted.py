"""The scripted network itself: what the other tests stand on."""

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.support.scripted import (
    CLOSE,
    HEAD,
    RESET,
    STALL,
    Expect,
    Pause,
    Play,
    Script,
    ScriptedNetwork,
    ScriptedStream,
    in_pieces,
)
from tests.support.simulated_time import run


async def _opened(*plays: Play) -> ScriptedStream:
    return await ScriptedNetwork(plays)("proxy.example", 3128)


def test_bytes_come_in_order_and_the_end_closes() -> None:
    async def talk() -> list[bytes]:
        stream = await _opened([b"one", b"two"])
        return [await stream.receive() for _ in range(4)]

    assert run(talk()) == [b"one", b"two", b"", b""]


def test_a_limit_cuts_and_the_rest_follows() -> None:
    async def talk() -> list[bytes]:
        stream = await _opened([b"abcde"])
        return [await stream.receive(2) for _ in range(4)]

    assert run(talk()) == [b"ab", b"cd", b"e", b""]


def test_in_pieces_sends_single_bytes() -> None:
    async def talk() -> list[bytes]:
        stream = await _opened([*in_pieces(b"abc"), *in_pieces(b"defg", 3)])
        return [await stream.receive() for _ in range(5)]

    assert run(talk()) == [b"a", b"b", b"c", b"def", b"g"]


def test_an_expectation_waits_for_the_client() -> None:
    async def talk() -> tuple[bytes, bytes]:
        stream = await _opened([HEAD, b"yes", Expect(), b"and yes"])
        reading = asyncio.ensure_future(stream.receive())
        for part in (b"CONNECT", b" x\r\n", b"\r\nmore"):
            await asyncio.sleep(1)
            assert not reading.done()
            await stream.send(part)
        first = await reading
        return first, await stream.receive()

    assert run(talk()) == (b"yes", b"and yes")


def test_a_generator_hears_what_was_taken() -> None:
    heard: list[bytes] = []

    def script() -> Script:
        heard.append((yield HEAD))
        heard.append((yield Expect(rb"[0-9]+;")))
        yield b"done"

    async def talk() -> bytes:
        stream = await _opened(script)
        await stream.send(b"GET\r\n\r\n17;18;")
        return await stream.receive()

    assert run(talk()) == b"done"
    assert heard == [b"GET\r\n\r\n", b"17;"]


def test_a_script_without_end_is_played_as_far_as_it_is_read() -> None:
    def script() -> Script:
        while True:
            yield b"x" * 10

    async def talk() -> int:
        stream = await _opened(script)
        size = sum([len(await stream.receive()) for _ in range(100)])
        await stream.close()
        return size

    assert run(talk()) == 1000


def test_a_reset_is_an_error_for_reader_and_writer() -> None:
    async def talk() -> None:
        stream = await _opened([b"x", RESET])
        await stream.receive()
        with pytest.raises(ConnectionResetError):
            await stream.receive()
        with pytest.raises(ConnectionResetError):
            await stream.send(b"still there?")

    run(talk())


@pytest.mark.parametrize("play", [[STALL], [Expect()], [Pause(3600), b"late"]])
def test_silence_lasts_until_a_deadline_and_takes_no_time(play: Play) -> None:
    async def talk() -> float:
        stream = await _opened(play)
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(600):
                await stream.receive()
        return asyncio.get_running_loop().time() - began

    began = time.monotonic()
    assert run(talk()) == pytest.approx(600, abs=0.01)
    assert time.monotonic() - began < 5


def test_a_pause_goes_on_after_a_deadline_cut_it() -> None:
    async def talk() -> float:
        stream = await _opened([Pause(5), b"late"])
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(2):
                    await stream.receive()
        assert await stream.receive() == b"late"
        return asyncio.get_running_loop().time()

    assert run(talk()) == pytest.approx(5, abs=0.01)


def test_closing_ends_the_script() -> None:
    async def talk() -> tuple[bytes, bool]:
        stream = await _opened([b"a", b"b"])
        await stream.close()
        return await stream.receive(), stream.closed

    assert run(talk()) == (b"", True)


def test_the_network_plays_in_order_of_dialling_and_keeps_what_was_sent() -> None:
    network = ScriptedNetwork([[b"1"], TimeoutError("no route"), [CLOSE]])

    async def talk() -> None:
        first = await network("a.example", 1)
        with pytest.raises(TimeoutError):
            await network("b.example", 2)
        last = await network("c.example", 3)
        with pytest.raises(ConnectionRefusedError):
            await network("d.example", 4)
        await last.send(b"to c")
        await first.send(b"to a ")
        assert await first.receive() == b"1"
        assert await last.receive() == b""

    run(talk())
    assert network.dialled == [("a.example", 1), ("b.example", 2), ("c.example", 3), ("d.example", 4)]
    assert network.sent == b"to a to c"


def test_a_function_makes_a_play_for_each_connection() -> None:
    make: Callable[[str, int, int], Play] = lambda host, port, number: [f"{host}/{port}/{number}".encode()]  # noqa: E731

    async def talk() -> list[bytes]:
        network = ScriptedNetwork(make)
        return [await (await network("h", port)).receive() for port in (1, 2)]

    assert run(talk()) == [b"h/1/0", b"h/2/1"]
