"""The report inside its page: compressed, because a whole catalogue's JSON is larger than the page around it.

It stands in one `<script>` that no browser runs, as base64 of the xz of exactly the bytes that `--json` writes. So the
page stays small, nothing in it can end the element, and the SHA-256 that people compare is the same everywhere.
"""

import base64
import binascii
import hashlib
import re

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report import json

ELEMENT_ID = "proxycheck-report"
MEDIA_TYPE = "application/vnd.proxycheck.report+xz"
MAXIMUM_PAGE_BYTES = 2 * json.MAXIMUM_BYTES
_ELEMENT = re.compile(
    rb'<script id="' + ELEMENT_ID.encode() + rb'" type="' + re.escape(MEDIA_TYPE.encode()) + rb'" data-sha256="'
    rb'([0-9a-f]{64})">([A-Za-z0-9+/=\s]*)</script>'
)
_MEMORY_BYTES = 128 << 20


def sha256(data: bytes) -> str:
    """The SHA-256 of a report's JSON, as it is printed: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def embed(report: Report) -> tuple[str, str]:
    """The content of the element, and the SHA-256 of the JSON in it."""
    import lzma  # noqa: PLC0415  only where a page is written or read; a Python may lack it

    data = json.encode(report)
    return base64.b64encode(lzma.compress(data)).decode("ascii"), sha256(data)


def is_page(data: bytes) -> bool:
    """Whether this is a page, and no JSON: it begins with a tag."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def extract(page: bytes) -> bytes:
    """The JSON of the report in `page`.

    Raises ConfigurationError where there is none, where it was damaged, and where it is not what the page says."""
    import lzma  # noqa: PLC0415  as above

    found = _ELEMENT.search(page)
    if found is None:
        raise ConfigurationError("the page holds no report of proxycheck; give the page that --html wrote, whole")
    try:
        packed = base64.b64decode(found[2], validate=False)
        opened = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY_BYTES)
        data = opened.decompress(packed, max_length=json.MAXIMUM_BYTES + 1)
    except (binascii.Error, lzma.LZMAError, EOFError) as error:
        raise ConfigurationError("the report inside the page is damaged; ask for the page again") from error
    if len(data) <= json.MAXIMUM_BYTES and sha256(data) != found[1].decode("ascii"):
        raise ConfigurationError("the report inside the page was changed or cut; ask for the page again")
    return data
