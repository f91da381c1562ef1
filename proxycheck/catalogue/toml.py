"""Reads one TOML file into one type, strictly: an unknown key or a wrong type names file, key and expectation."""

import re
from pathlib import Path
from typing import TypeVar

import msgspec
import tomli

from proxycheck.catalogue.tables import read_bytes
from proxycheck.errors import ConfigurationError, unreadable

T = TypeVar("T")


def load(path: Path, kind: type[T]) -> T:
    """The content of `path` as a `kind`.

    Raises ConfigurationError with one sentence for a missing or unreadable file, for bad TOML, and for content
    that does not fit the type (an unknown key included)."""
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable(path, error) from error
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}{_repeated(error, text)}") from error
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        from proxycheck.catalogue.misfit import misfit  # noqa: PLC0415  only a wrong file pays for it

        raise ConfigurationError(f"{path} does not fit: {misfit(error, data, kind)}") from error


_OVERWRITES = re.compile(r"Cannot overwrite a value \(at (?:line (\d+)|end of document)")


def _repeated(error: Exception, text: str) -> str:
    """The key that stands twice, which the parser tells by its line alone."""
    found = _OVERWRITES.search(str(error))
    if found is None:
        return ""
    line = text.splitlines()[int(found[1]) - 1] if found[1] else text.rstrip().splitlines()[-1]
    key, equals, _ = line.partition("=")
    return f": the key {key.strip()} stands there twice; once was expected" if equals else ""
