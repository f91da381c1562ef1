"""TLS servers as scripts: the standard library's OpenSSL behind a scripted stream."""

import ssl
from collections.abc import Callable

from tests.support.scripted import Expect, Script

Respond = Callable[[bytes], bytes]


def serving(context: ssl.SSLContext, respond: Respond = lambda _: b"", piece: int = 1 << 20) -> Script:
    """A handshake, then whatever `respond` says to what the client sent; a close of the connection after that."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    shaken = False
    while True:
        incoming.write((yield Expect()))
        answer = b""
        try:
            if not shaken:
                tls.do_handshake()
                shaken = True
            asked = tls.read(65536)
            answer = respond(asked)
            tls.write(answer)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            yield from _sent(outgoing, piece)
            return
        yield from _sent(outgoing, piece)
        if answer:
            return


def _sent(outgoing: ssl.MemoryBIO, piece: int) -> Script:
    data = outgoing.read()
    for start in range(0, len(data), piece):
        yield data[start : start + piece]
