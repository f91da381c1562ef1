"""A long link: `python -m tests.benchmark.delay SECONDS NAME NAME FILE`.

Two TUN interfaces; an IP packet that goes into one comes out of the other SECONDS later, handshakes included, with no
loss and no limit of bandwidth. FILE appears when both exist; the caller moves them to their namespaces. For kernels
without netem.
"""

import collections
import fcntl
import os
import select
import struct
import sys
import time
from pathlib import Path

assert sys.platform == "linux", "only Linux has these interfaces"

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
"""Constants of Linux, include/uapi/linux/if_tun.h."""
_PACKET = 65536


def open_interface(name: str) -> int:
    """A file descriptor whose reads and writes are the packets of a new TUN interface."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return descriptor


def carry(delay_s: float, first: int, second: int) -> None:
    """Carry packets both ways until the process is killed."""
    other = {first: second, second: first}
    travelling: collections.deque[tuple[float, int, bytes]] = collections.deque()
    while True:
        wait = max(0.0, travelling[0][0] - time.monotonic()) if travelling else None
        readable, _, _ = select.select([first, second], [], [], wait)
        for descriptor in readable:
            _collect(descriptor, other[descriptor], delay_s, travelling)
        while travelling and travelling[0][0] <= time.monotonic():
            _, descriptor, packet = travelling.popleft()
            os.write(descriptor, packet)


def _collect(
    source: int, destination: int, delay_s: float, travelling: collections.deque[tuple[float, int, bytes]]
) -> None:
    while True:
        try:
            packet = os.read(source, _PACKET)
        except BlockingIOError:
            return
        travelling.append((time.monotonic() + delay_s, destination, packet))


if __name__ == "__main__":
    _delay_s, *_names, _ready = sys.argv[1:]
    _first, _second = (open_interface(name) for name in _names)
    Path(_ready).touch()
    carry(float(_delay_s), _first, _second)
