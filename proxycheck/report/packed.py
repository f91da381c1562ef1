r"""A report's JSON in fewer bytes, before it is compressed: what stands in it as base64 or as an escape stands here as
the bytes themselves, which a compressor makes less of.

    the lengths of the certificates, in decimal digits, with spaces between them, and a line feed
    the certificates in DER, one after the other, each once
    the JSON; a certificate is its number between two tabs, and `\u00e9` the one byte E9

The JSON is printable ASCII and line feeds (`proxycheck.report.json`), so that no other byte means two things.
"""

import base64
import re
from functools import cache

from proxycheck.errors import ConfigurationError
from proxycheck.report.json import MAXIMUM_BYTES

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----((?:\\n[A-Za-z0-9+/=]{1,64})+)\\n-----END CERTIFICATE-----\\n")
_MARK = re.compile(rb"\t([0-9]{1,9})\t")
_ESCAPE = re.compile(rb"\\u00(0[0-8b-f]|1[0-9a-f]|7f|[89a-f][0-9a-f])")
"""All but those of printable ASCII, and of the tab and the line feed, which mean something here."""
_BYTE = re.compile(rb"[^\x20-\x7e\t\n]")
_HEAD = re.compile(rb"([0-9 ]{0,1000000})\n")
"""No more lengths than that: each is an object of Python, many times its size."""
_LINE = 64
_IN_TEXT = bytes([*range(0x20, 0x7F), *b"\t\n"])
_ESCAPED_BYTES = 6


def pack(data: bytes) -> bytes:
    """The packed form of the JSON `data`."""
    certificates: dict[bytes, int] = {}

    def mark(found: re.Match[bytes]) -> bytes:
        der = _der(found[0], found[1])
        return found[0] if der is None else b"\t%d\t" % certificates.setdefault(der, len(certificates))

    text = _ESCAPE.sub(_byte, _PEM.sub(mark, data))
    lengths = b" ".join(b"%d" % len(der) for der in certificates)
    return b"".join((lengths, b"\n", *certificates, text))


def unpack(packed: bytes) -> bytes:
    """The JSON that `packed` is the form of.

    Raises ValueError for what is no such form, and ConfigurationError for more than a report may have."""
    head = _HEAD.match(packed)
    if head is None:
        raise ValueError("it has no lengths")
    certificates, at = [], head.end()
    for length in map(int, head[1].split()):
        certificates.append(_pem(packed[at : at + length]))
        at += length
    text = packed[at:]
    if _size(text, certificates) > MAXIMUM_BYTES:
        raise ConfigurationError(f"the report is larger than {MAXIMUM_BYTES >> 20} MB; no report is that large")
    text = _BYTE.sub(lambda found: _escape(found[0]), text)
    return _MARK.sub(lambda found: certificates[int(found[1])], text)


def _size(text: bytes, certificates: list[bytes]) -> int:
    """How large the JSON will be: a few bytes can stand for many."""
    try:
        marked = sum(len(certificates[int(found[1])]) for found in _MARK.finditer(text))
    except IndexError:
        raise ValueError("a certificate is missing") from None
    return len(text) + marked + (_ESCAPED_BYTES - 1) * len(text.translate(None, _IN_TEXT))


def _der(whole: bytes, body: bytes) -> bytes | None:
    """The bytes of a certificate that would be written again as it stands; None for any other."""
    try:
        der = base64.b64decode(body.replace(rb"\n", b""), validate=True)
    except ValueError:
        return None
    return der if _pem(der) == whole else None


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return rb"\n".join((b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""))


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes((int(found[1], 16),))


@cache
def _escape(byte: bytes) -> bytes:
    return b"\\u%04x" % byte[0]
