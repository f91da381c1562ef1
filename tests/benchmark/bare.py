"""`python -m tests.benchmark.bare ADDRESS FILE`: the least that Python needs for a run, as a peer.

It imports the libraries that a run imports, and has as many tunnels at once: CONNECT and a handshake with each
host:port of FILE, in TLS 1.2, verified by nobody. Nothing is recorded, proved, judged or shown, and no first answer is
waited for before the others are asked.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

import click  # noqa: F401  as a run does
import h11  # noqa: F401  the same
import msgspec  # noqa: F401  the same
import rich.console  # noqa: F401  the same
import tomli  # noqa: F401  the same
from cryptography import x509  # noqa: F401  the same
from OpenSSL import SSL

_AT_ONCE = 64
_LARGEST = 65_536


async def _shake_hands(
    context: SSL.Context, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    client = SSL.Connection(context)
    client.set_connect_state()
    client.set_tlsext_host_name(host.encode("ascii"))
    done = False
    while not done:
        with contextlib.suppress(SSL.WantReadError):
            client.do_handshake()
            done = True
        with contextlib.suppress(SSL.WantReadError):
            writer.write(client.bio_read(_LARGEST))
        if not done:
            received = await reader.read(_LARGEST)
            if not received:
                raise ConnectionError(f"{host} closed in the handshake")
            client.bio_write(received)


async def _tunnels(proxy: str, targets: list[str]) -> None:
    context, places = SSL.Context(SSL.TLS_CLIENT_METHOD), asyncio.Semaphore(_AT_ONCE)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)

    async def tunnel(target: str) -> None:
        async with places:
            reader, writer = await asyncio.open_connection(*proxy.split(":"))
            writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("ascii"))
            await reader.readuntil(b"\r\n\r\n")
            await _shake_hands(context, target.rpartition(":")[0], reader, writer)
            writer.close()

    await asyncio.gather(*map(tunnel, targets))


if __name__ == "__main__":
    asyncio.run(_tunnels(sys.argv[1], Path(sys.argv[2]).read_text(encoding="ascii").split()))
