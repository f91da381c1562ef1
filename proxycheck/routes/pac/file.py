"""From the bytes of a PAC file to its text, or the reason why it is none.

A byte order mark decides the encoding; then the charset the server named; then UTF-8 if the bytes are UTF-8; else
ISO-8859-1, which is what browsers assume (Chromium `net/proxy_resolution/pac_file_fetcher_impl.cc`). A web page in
the place of the file (an error page, a login page, a portal) is told apart from a script, because an engine would
only call it a syntax error.
"""

import codecs
import html
import re
from typing import Final

from proxycheck.routes.pac.answers import PacProblem, PacScript

MAXIMUM_BYTES: Final = 5 * 1024 * 1024
"""Browsers stop at 1 MiB (Chromium) or later; a file five times as large is no PAC file that works anywhere."""

_WIDE_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose little-endian mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMPRESSED: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "ZIP", b"\x28\xb5\x2f\xfd": "Zstandard"}
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_PAGE: Final = re.compile(
    r"(<!--.*?-->\s*)?<(!doctype|html|head|body|meta|title|\?xml|script)\b", re.IGNORECASE | re.DOTALL
)


def read_pac(data: bytes, charset: str | None = None) -> PacScript | PacProblem:
    """The script in `data`, or why there is none. `charset` is what the server's Content-Type says, if anything."""
    if len(data) > MAXIMUM_BYTES:
        return PacProblem(
            "too-large", f"it is larger than {MAXIMUM_BYTES >> 20} MB; no browser reads a PAC file of that size"
        )
    for magic, name in _COMPRESSED.items():
        if data.startswith(magic):
            return PacProblem("undecodable", f"it is {name}-compressed data, not text")
    decoded = _decode(data, charset)
    if isinstance(decoded, PacProblem):
        return decoded
    text = decoded.source.lstrip("\ufeff \t\r\n")
    if not text:
        return PacProblem("empty", "it is empty")
    if "\0" in text:
        return PacProblem("undecodable", "it holds NUL characters: it is binary, or text in an encoding without a mark")
    if _PAGE.match(text):
        return PacProblem("html", f"it is a web page{_titled(text)}, not a PAC file")
    return PacScript(decoded.source.removeprefix("\ufeff"), decoded.encoding)


def _decode(data: bytes, charset: str | None) -> PacScript | PacProblem:
    if data.startswith(codecs.BOM_UTF8):
        return PacScript(data.decode("utf-8-sig", errors="replace"), "utf-8")
    wide = next((name for mark, name in _WIDE_MARKS if data.startswith(mark)), None) or _unmarked(data)
    if wide is not None:
        return _strictly(data, wide)
    for encoding in filter(None, (charset, "utf-8")):
        try:
            return PacScript(data.decode(encoding), encoding.lower())
        except (LookupError, ValueError):
            continue  # an unknown charset, or bytes that are not in it: browsers read on regardless
    return PacScript(data.decode("iso-8859-1"), "iso-8859-1")


def _unmarked(data: bytes) -> str | None:
    """UTF-16 without a mark, which Windows editors and scripts write: every other byte of ASCII text is zero."""
    head = data[:512]
    if len(head) < 4 or len(head) % 2:
        return None
    if not any(head[0::2]) and all(head[1::2]):
        return "utf-16-be"
    return "utf-16-le" if not any(head[1::2]) and all(head[0::2]) else None


def _strictly(data: bytes, encoding: str) -> PacScript | PacProblem:
    try:
        return PacScript(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        return PacProblem("undecodable", f"it looks like {encoding.upper()}, but byte {error.start} does not fit")


def _titled(text: str) -> str:
    found = _TITLE.search(text)
    title = " ".join(html.unescape(found[1]).split())[:80] if found else ""
    return f" ({title!r})" if title else ""
