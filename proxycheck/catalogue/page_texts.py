"""Reads the texts of pages and reports, `fixtures/texts/LANGUAGE.toml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_origin

import msgspec

from proxycheck.catalogue import toml
from proxycheck.errors import ConfigurationError
from proxycheck.model.files.page_texts import Texts


def read_texts(path: Path) -> Texts:
    """The texts in `path`.

    Raises ConfigurationError naming file and key for whatever is missing or unknown."""
    texts = toml.load(path, Texts)
    for place, missing in _missing(texts, ""):
        raise ConfigurationError(f"{path} has no text for {place}.{missing}; add it")
    return texts


def _missing(table: msgspec.Struct, place: str) -> list[tuple[str, str]]:
    """Keys that a table over a closed set of names has no text for."""
    found: list[tuple[str, str]] = []
    for field in msgspec.structs.fields(type(table)):
        value, where = getattr(table, field.name), f"{place}.{field.name}".lstrip(".")
        if isinstance(value, msgspec.Struct):
            found += _missing(value, where)
        elif isinstance(value, Mapping) and get_origin(field.type) is dict:
            names = get_args(get_args(field.type)[0])
            found += [(where, name) for name in names if name not in value]
    return found
