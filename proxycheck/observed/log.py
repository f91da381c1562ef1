"""Reads what the observer wrote: a JSON object a line (`proxycheck.model.observed`)."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

import msgspec

from proxycheck.errors import ConfigurationError
from proxycheck.model.observed import LOG_SCHEMA, ObservedConnection
from proxycheck.model.text import printable

LONGEST_LINE = 2 * 1024 * 1024
MOST_BYTES = 256 * 1024 * 1024
"""A larger log is not read: a device writes a few megabytes in a day."""
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


class _Header(msgspec.Struct):
    schema: str = ""


def read_log(file: BinaryIO) -> Iterator[ObservedConnection]:
    """The connections in `file`, in the order written. Empty lines, carriage returns and a byte order mark of UTF-8
    are passed over.

    Raises ConfigurationError with the line's number for whatever the observer did not write, or in a schema that is
    not read here; OSError where `file` cannot be read."""
    number, size = 0, 0
    while line := file.readline(LONGEST_LINE + 1):
        number, size = number + 1, size + len(line)
        if number == 1 and line[:2] in _BYTE_ORDER_MARKS:
            raise ConfigurationError("line 1: the file is UTF-16; take the file as the observer wrote it")
        if len(line) > LONGEST_LINE:
            raise ConfigurationError(f"line {number} is longer than {LONGEST_LINE >> 20} MB; the observer writes none")
        if size > MOST_BYTES:
            raise ConfigurationError(f"the file is larger than {MOST_BYTES >> 20} MB; cut the log into parts")
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if text:
            yield _connection(text, number)


def _connection(line: bytes, number: int) -> ObservedConnection:
    try:
        header = msgspec.json.decode(line, type=_Header)
        if header.schema != LOG_SCHEMA:
            found = f"the schema '{printable(header.schema, 60)}'" if header.schema else "no schema"
            raise ConfigurationError(f"line {number} has {found}; a log of addons/observe.py says '{LOG_SCHEMA}'")
        connection = msgspec.json.decode(line, type=ObservedConnection)
        if datetime.fromisoformat(connection.started_at).tzinfo is None:
            raise ValueError("started_at has no time zone")  # noqa: TRY301  told like the other wrong times
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"line {number} does not fit {LOG_SCHEMA}: {printable(str(error), 300)}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigurationError(f"line {number} is no JSON object; a log of addons/observe.py is expected") from error
    except ValueError as error:
        raise ConfigurationError(f"line {number}: its time cannot be read: {printable(str(error), 200)}") from error
    return connection
