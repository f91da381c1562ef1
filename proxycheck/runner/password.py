"""Reads the proxy's password from what a person keeps it in: the first line of a file, or of standard input."""

from pathlib import Path

from proxycheck.errors import ConfigurationError, unreadable

LONGEST = 4096
"""More bytes of a line are never read."""


def password_from_file(path: Path) -> str:
    """The first line of the file. Raises ConfigurationError for one that cannot be read or holds no password."""
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST)
    except OSError as error:
        raise unreadable(f"the password file {path}", error) from error
    return password_in(line, str(path))


def password_in(line: bytes, source: str) -> str:
    """The password that a line of `source` holds: only the line ending is taken off, for blanks may belong to it.

    Raises ConfigurationError for an empty line, for bytes that are not UTF-8, and for control characters."""
    try:
        text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"the password in {source} is not UTF-8 text; save it as UTF-8") from None
    if not text:
        raise ConfigurationError(f"the first line of {source} is empty; it has to be the password")
    if any(ord(character) < 0x20 or character == "\x7f" for character in text):
        raise ConfigurationError(f"the password in {source} holds a control character; no proxy accepts one")
    return text
