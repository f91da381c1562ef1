"""The first bytes of a TeamViewer client on port 5938.

TeamViewer publishes no protocol. Traffic classifiers agree that each message begins with 0x17 0x24 and that the
client speaks first (confidence: low, unverified against a live server), so an answer proves that the far end speaks,
and silence proves nothing.
"""

from typing import Literal

from proxycheck.wire.tls.records import looks_like_tls

GREETING = bytes.fromhex("17240a200000000000000000881380000000000000")


_A_WORD = 5
"""So many characters and nothing else are words for people; TeamViewer's messages are not text."""


def spoken(data: bytes) -> Literal["nothing", "undecided", "http", "tls", "text", "other"]:
    """What was answered, as far as the bytes tell: an HTTP answer or a page without a head, a TLS record (RFC 8446
    section 5.1), plain text, or something that may well be TeamViewer's."""
    if not data:
        return "nothing"
    if b"HTTP/".startswith(data[:5].upper()):
        return "http" if len(data) >= 5 else "undecided"
    if data.lstrip()[:1] == b"<":
        return "http"
    if looks_like_tls(data):
        return "tls" if len(data) > 1 else "undecided"
    text = data.strip(b"\r\n\t")
    return "text" if len(text) >= _A_WORD and all(0x20 <= byte < 0x7F for byte in text) else "other"
