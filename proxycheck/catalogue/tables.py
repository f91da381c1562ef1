"""Reads tab-separated tables of facts, strictly: every row has the columns that the heading names."""

from collections.abc import Iterator
from pathlib import Path

from proxycheck.errors import ConfigurationError, unreadable
from proxycheck.model.trust import certificates_in

MAXIMUM_BYTES = 16 * 1024 * 1024
"""Of a file that a person names: bundles of roots and lists of logs stay far below."""


def read_bytes(path: Path) -> bytes:
    """The content of `path`. Raises ConfigurationError when it cannot be read, or is larger than any such file."""
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if len(content) > MAXIMUM_BYTES:
        raise ConfigurationError(f"{path} is larger than {MAXIMUM_BYTES >> 20} MB; no such file is that large")
    return content


def certificate_file(path: Path) -> bytes:
    """The content of a file of certificates, PEM or one in DER; whether each can be read is seen when they are used.

    Raises ConfigurationError for a file that cannot be read or holds none."""
    content = read_bytes(path)
    try:
        found = certificates_in(content) or content[:1] == b"\x30"
    except ValueError as error:
        raise ConfigurationError(f"{path} holds a certificate that cannot be read: {error}") from error
    if not found:
        raise ConfigurationError(f"{path} holds no certificate; PEM or DER is expected")
    return content


def rows(path: Path, first_column: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Every row of the table in `path`, with its line number.

    The heading is the line that starts with `first_column`, with or without `# ` before it; other lines that
    start with `#` are comments. Raises ConfigurationError for a missing heading or a row of another width."""
    try:
        lines = read_bytes(path).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise unreadable(path, error) from error
    heading: list[str] = []
    for number, line in enumerate(lines, start=1):
        cells = line.removeprefix("# ").split("\t")
        if not heading and cells[0] == first_column:
            heading = cells
        elif line.strip() and not line.startswith("#"):
            if len(cells) != len(heading):
                raise ConfigurationError(
                    f"{path}, line {number}: {len(heading) or 'a heading with'} tab-separated columns starting with "
                    f"{first_column!r} are expected, found {len(cells)}"
                )
            yield number, dict(zip(heading, cells, strict=True))
