"""A process that keeps what clients say to the proxy: `python -m tests.real.wiretap INTERFACE FILE`.

It runs in the proxy's namespace and writes the payload of every TCP segment that arrives on the interface, so that
attempts are counted at the proxy, whatever the proxy itself logs. The file appears when the tap listens; SIGTERM
ends it after everything that has arrived is written.
"""

import contextlib
import signal
import socket
import sys
from pathlib import Path

assert sys.platform == "linux", "only Linux has these sockets"

_ETH_P_IP = 0x0800
_HEADER = 14
"""Length of an Ethernet header."""


def payload(frame: bytes) -> bytes:
    """What a TCP segment carries (RFC 791 section 3.1, RFC 9293 section 3.1); empty for other packets."""
    packet = frame[_HEADER:]
    if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return b""
    packet = packet[: int.from_bytes(packet[2:4], "big")]
    segment = packet[(packet[0] & 15) * 4 :]
    return segment[(segment[12] >> 4) * 4 :]


def listen(interface: str, file: Path) -> None:
    """Write payloads until SIGTERM."""
    finished: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: finished.append(received))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP)) as tap:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        tap.bind((interface, _ETH_P_IP))
        tap.settimeout(0.05)
        with file.open("wb") as output:
            while True:
                try:
                    frame, address = tap.recvfrom(65536)
                except TimeoutError:
                    if finished:
                        return
                    continue
                if address[2] != socket.PACKET_OUTGOING:
                    output.write(payload(frame))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        listen(sys.argv[1], Path(sys.argv[2]))
