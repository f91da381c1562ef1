"""The report inside its page: compressed, because a whole catalogue's JSON is larger than the page around it.

It stands in one `<script>` that no browser runs, as base85 of the xz of the packed form (`proxycheck.report.packed`) of
exactly the bytes that `--json` writes. So the page stays small, nothing in it can end the element, and the SHA-256 that
people compare is the same everywhere. Pages of earlier versions hold base64 of the xz of those bytes, and are read too.
"""

import base64
import hashlib
import re

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report import json
from proxycheck.report.packed import pack, unpack

ELEMENT_ID = "proxycheck-report"
MEDIA_TYPE = "application/vnd.proxycheck.report+xz-base85"
_EARLIER_MEDIA_TYPE = "application/vnd.proxycheck.report+xz"
MAXIMUM_PAGE_BYTES = 2 * json.MAXIMUM_BYTES
_ELEMENT = re.compile(
    rb'<script id="' + ELEMENT_ID.encode() + rb'" type="([a-z0-9./+-]+)" data-sha256="([0-9a-f]{64})">([^<]*)</script>'
)
_FOREIGN, _OURS = b"<>&", b".:,"
"""Digits of Python's base85 that mean something in HTML, and what is written for them."""
_TO_PAGE, _FROM_PAGE = bytes.maketrans(_FOREIGN, _OURS), bytes.maketrans(_OURS, _FOREIGN)
_PIECE = 5 << 16
"""Digits that are read at a time, a multiple of five: Python takes many times their size to read them."""
_MEMORY_BYTES = 128 << 20


def sha256(data: bytes) -> str:
    """The SHA-256 of a report's JSON, as it is printed: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def embed(report: Report) -> tuple[str, str]:
    """The content of the element, and the SHA-256 of the JSON in it."""
    import lzma  # noqa: PLC0415  only where a page is written or read; a Python may lack it

    data = json.encode(report)
    digits = base64.b85encode(lzma.compress(pack(data))).translate(_TO_PAGE)
    return digits.decode("ascii"), sha256(data)


def is_page(data: bytes) -> bool:
    """Whether this is a page, and no JSON: it begins with a tag."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def extract(page: bytes) -> bytes:
    """The JSON of the report in `page`.

    Raises ConfigurationError where there is none, where it was damaged, and where it is not what the page says."""
    found = _ELEMENT.search(page)
    if found is None:
        raise ConfigurationError("the page holds no report of proxycheck; give the page that --html wrote, whole")
    try:
        data = _unpacked(found[1].decode("ascii"), found[3])
    except ValueError as error:
        raise ConfigurationError("the report inside the page is damaged; ask for the page again") from error
    if len(data) <= json.MAXIMUM_BYTES and sha256(data) != found[2].decode("ascii"):
        raise ConfigurationError("the report inside the page was changed or cut; ask for the page again")
    return data


def _unpacked(media_type: str, content: bytes) -> bytes:
    """The JSON in an element of this type. Raises ValueError for another type, and for what is damaged."""
    if media_type == MEDIA_TYPE:
        digits = b"".join(content.split()).translate(_FROM_PAGE)
        pieces = (base64.b85decode(digits[at : at + _PIECE]) for at in range(0, len(digits), _PIECE))
        return unpack(_decompressed(b"".join(pieces)))
    if media_type == _EARLIER_MEDIA_TYPE:
        return _decompressed(base64.b64decode(content, validate=False))
    raise ValueError(media_type)


def _decompressed(data: bytes) -> bytes:
    """No more than one byte above what a report may have. Raises ValueError for what is damaged."""
    import lzma  # noqa: PLC0415  as above

    try:
        opened = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY_BYTES)
        return opened.decompress(data, max_length=json.MAXIMUM_BYTES + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise ValueError("damaged") from error
