"""Reads one TOML file into one type, strictly: an unknown key or a wrong type names file, key and expectation."""

from pathlib import Path
from typing import TypeVar

import msgspec
import tomli

from proxycheck.catalogue.tables import read_bytes
from proxycheck.errors import ConfigurationError

T = TypeVar("T")


def load(path: Path, kind: type[T]) -> T:
    """The content of `path` as a `kind`.

    Raises ConfigurationError with one sentence for a missing or unreadable file, for bad TOML, and for content
    that does not fit the type (an unknown key included)."""
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} cannot be read as UTF-8 text: {error}") from error
    try:
        return msgspec.convert(tomli.loads(text), kind)
    except tomli.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path} does not fit: {error}") from error
