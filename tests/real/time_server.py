"""A time server of the private internet: `python -m tests.real.time_server ADDRESS AHEAD_S READY`.

Answers NTP (RFC 5905 section 7.3) as a server of stratum 2 whose clock is AHEAD_S seconds ahead. The file READY appears
when it listens.
"""

import socket
import struct
import sys
import time
from pathlib import Path

_SECONDS_1900_TO_1970 = 2208988800


def answer(request: bytes, ahead_s: float) -> bytes:
    """The answer to one request: mode 4, the request's transmit timestamp as origin."""
    now = time.time() + _SECONDS_1900_TO_1970 + ahead_s
    stamp = struct.pack("!II", int(now) & 0xFFFFFFFF, int(now % 1 * (1 << 32)))
    head = struct.pack("!BBbb12x", 0x24, 2, 6, -20)
    return head + stamp + request[40:48] + stamp + stamp


def main(address: str, ahead_s: float, ready: Path) -> None:
    """Answer until killed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 123))
        ready.touch()
        while True:
            request, client = server.recvfrom(512)
            if len(request) >= 48:
                server.sendto(answer(request, ahead_s), client)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))
