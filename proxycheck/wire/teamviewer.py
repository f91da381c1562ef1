"""The first bytes of a TeamViewer client on port 5938.

TeamViewer publishes no protocol. Traffic classifiers agree that each message begins with 0x17 0x24 and that the
client speaks first (confidence: low, unverified against a live server), so an answer proves that the far end speaks,
and silence proves nothing.
"""

GREETING = bytes.fromhex("17240a200000000000000000881380000000000000")


def is_answer(data: bytes) -> bool:
    """Whether bytes look like a TeamViewer message."""
    return data[:2] in (b"\x17\x24", b"\x11\x30")
