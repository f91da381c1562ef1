"""The first bytes of a TeamViewer client on port 5938.

TeamViewer publishes no protocol. Traffic classifiers agree that each message begins with 0x17 0x24, or with 0x11 0x30,
and that the client speaks first (confidence: low, unverified against a live server). So an answer that begins in this
way, and is not what was sent, proves that the far end speaks it. Anything else proves nothing: neither silence, nor
bytes of another kind, as something on the way may answer whatever it does not know.
"""

from typing import Literal

from proxycheck.wire.tls.records import looks_like_tls

_MAGICS = (b"\x17\x24", b"\x11\x30")
"""How every message begins (confidence: low)."""
_BEGUN = tuple(magic[:1] for magic in _MAGICS)
GREETING = bytes.fromhex("17240a200000000000000000881380000000000000")


_A_WORD = 5
"""So many characters and nothing else are words for people; TeamViewer's messages are not text."""

Spoken = Literal["nothing", "undecided", "http", "tls", "text", "teamviewer", "other"]
"""What was answered: `undecided` may still become another of these, `other` is none of them."""


def spoken(data: bytes) -> Spoken:
    """What was answered to `GREETING`, as far as the bytes tell: an HTTP answer or a page without a head, a TLS record
    (RFC 8446 section 5.1), plain text, a message of TeamViewer's, or none of these: what was sent, come back, is one
    that nobody has to know the protocol for."""
    if not data:
        return "nothing"
    if b"HTTP/".startswith(data[:5].upper()):
        return "http" if len(data) >= 5 else "undecided"
    if data.lstrip()[:1] == b"<":
        return "http"
    if data in _BEGUN:
        return "undecided"
    if looks_like_tls(data):
        return "tls" if len(data) > 1 else "undecided"
    if data.startswith(_MAGICS):
        return _message(data)
    text = data.strip(b"\r\n\t")
    return "text" if len(text) >= _A_WORD and all(0x20 <= byte < 0x7F for byte in text) else "other"


def _message(data: bytes) -> Spoken:
    if data.startswith(GREETING):
        return "other"
    return "undecided" if GREETING.startswith(data) else "teamviewer"
