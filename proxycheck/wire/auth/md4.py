"""MD4 (RFC 1320), which NTLM hashes passwords with and which current OpenSSL no longer offers.

Broken as a hash; here it only reproduces what a proxy's directory has stored (MS-NLMP section 3.3.2,
NTOWFv2).
"""

import struct

_MASK = 0xFFFFFFFF
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_ROUNDS = (
    # constant added, shifts, order of the block's words (RFC 1320 section 3.4)
    (0x00000000, (3, 7, 11, 19), tuple(range(16))),
    (0x5A827999, (3, 5, 9, 13), (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)),
    (0x6ED9EBA1, (3, 9, 11, 15), (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15)),
)


def _mix(number: int, x: int, y: int, z: int) -> int:
    if number == 0:
        return (x & y) | (~x & z)
    if number == 1:
        return (x & y) | (x & z) | (y & z)
    return x ^ y ^ z


def _absorb(state: tuple[int, int, int, int], block: bytes) -> tuple[int, int, int, int]:
    words = struct.unpack("<16I", block)
    a, b, c, d = state
    for number, (constant, shifts, order) in enumerate(_ROUNDS):
        for step, index in enumerate(order):
            total = (a + _mix(number, b, c, d) + words[index] + constant) & _MASK
            shift = shifts[step % 4]
            a, b, c, d = d, (total << shift | total >> (32 - shift)) & _MASK, b, c
    added = [(old + new) & _MASK for old, new in zip(state, (a, b, c, d), strict=True)]
    return (added[0], added[1], added[2], added[3])


def md4(data: bytes) -> bytes:
    """The 16 bytes of MD4 of `data`."""
    padded = data + b"\x80" + b"\x00" * (-(len(data) + 9) % 64) + struct.pack("<Q", 8 * len(data))
    state = _START
    for start in range(0, len(padded), 64):
        state = _absorb(state, padded[start : start + 64])
    return struct.pack("<4I", *state)
