"""What a browser sends with a form: its fields and files, read whole into memory, and neither large nor slow."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Final
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

LARGEST_FORM: Final = 16_384
"""Bytes that a form without a file may have."""
LARGEST_FILE: Final = 1_048_576
"""Bytes of a file in a form: browsers take no larger PAC file either."""
SLOWEST_FORM_S: Final = 10.0
"""How long the browser may take to send it."""
_MOST_FIELDS: Final = 20
_PLAIN: Final = "application/x-www-form-urlencoded"
_WITH_FILES: Final = "multipart/form-data"


class File(Struct, frozen=True):
    """One file: its name as the browser gives it, and its bytes."""

    name: str
    content: bytes


class Sent(Struct, frozen=True):
    """The fields by name, and the files that were chosen; a field for files that was left empty has none."""

    fields: Mapping[str, str]
    files: Mapping[str, File]


async def sent(request: Request, largest_file: int = LARGEST_FILE) -> Sent:
    """What came with the request; `largest_file` is in bytes.

    Raises HTTPException: 400 for what is no form, 408 where it takes too long, 413 where it is too large, 415 for
    another kind of body. Of a body that is too large no more than that is read."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_PLAIN, _WITH_FILES):
        raise HTTPException(415)
    body = await _body(request, LARGEST_FORM + (largest_file if kind == _WITH_FILES else 0))
    try:
        return _plain(body) if kind == _PLAIN else await _with_files(request, body)
    except (ValueError, KeyError, MultiPartException):  # UnicodeDecodeError is one; KeyError: it names no boundary
        raise HTTPException(400) from None


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_FORM_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


def _plain(body: bytes) -> Sent:
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    return Sent(dict(pairs), {})


async def _with_files(request: Request, body: bytes) -> Sent:
    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers, once(), max_files=_MOST_FIELDS, max_fields=_MOST_FIELDS, max_part_size=LARGEST_FORM
    )
    fields: dict[str, str] = {}
    files: dict[str, File] = {}
    form = await parser.parse()
    try:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                fields[name] = value
            elif value.filename:
                files[name] = File(value.filename, await value.read())
    finally:
        await form.close()
    return Sent(fields, files)
