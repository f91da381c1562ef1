"""The box on a real socket: one port of loopback, a table of what can be reached, nothing left behind."""

import asyncio
import contextlib

import pytest

from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.internet.manners import DOMAIN
from proxycheck.lab.internet.names import Internet

GET = b"GET /generate_204 HTTP/1.1\r\nHost: a.example\r\n\r\n"


def box(*hosts: str) -> Internet:
    return Internet(hosts, Authority.public(), ports=(80, 443))


def test_routes_lead_every_host_and_port_to_the_box() -> None:
    async def scenario() -> None:
        internet = box("a.example", "B.example", "a.example")
        await internet.start()
        _, port = internet.address
        there = f"127.0.0.1 {port}"
        routes = internet.routes().splitlines()
        assert len(routes) == len(set(routes))
        assert [route for route in routes if DOMAIN not in route] == [
            f"a.example 80 {there}",
            f"a.example 443 {there}",
            f"b.example 80 {there}",
            f"b.example 443 {there}",
        ]
        misbehaving = [route.split() for route in routes if DOMAIN in route]
        assert {words[0].partition(".")[0] for words in misbehaving} > {"expired", "silent"}
        assert f"{port}" not in {words[3] for words in misbehaving}
        await internet.stop()

    asyncio.run(scenario())


def test_it_answers_on_loopback_and_stops_with_open_connections() -> None:
    async def scenario() -> None:
        internet = box("a.example")
        await internet.start()
        address = internet.address
        reader, writer = await asyncio.open_connection(*address)
        writer.write(GET)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
        await internet.stop()
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)

    asyncio.run(scenario())


def test_a_box_that_was_not_started_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = box("a.example").address
