"""Where a file does not fit its type, in words: the key with everything it stands in, and what was expected there."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

_PLACE = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `([^`]*)`")
_GOT = re.compile(r", got `([^`]*)`$")
_KINDS = {"str": str, "int": int, "float": float, "bool": bool, "array": list, "object": dict}


def misfit(error: msgspec.ValidationError, data: object, kind: type) -> str:
    """What msgspec says of `data`, with the key in full, and the keys there are where one is unknown."""
    said = str(error)
    found = _PLACE.search(said)
    words = said[: found.start()] if found else said
    steps = [(m[1], m[2]) for m in _STEP.finditer(found[1])] if found else []
    unknown = _UNKNOWN.match(words)
    places = _places(data, steps)
    if unknown is not None:
        key = unknown[1]
        place = next((path for path, value in places if isinstance(value, dict) and key in value), "")
        known = ", ".join(_known(inspect.type_info(kind), steps))
        return f"the key {_joined(place, key)} is unknown; the keys there are: {known}"
    got = _GOT.search(words)
    wanted = _KINDS.get(got[1]) if got else None
    place = next((path for path, value in places if wanted is None or type(value) is wanted), "")
    return f"{words} - at {place}" if place else words


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _places(data: object, steps: list[tuple[str | None, str | None]], path: str = "") -> Iterator[tuple[str, object]]:
    """Every value at such a place, with its key in full; a step without a name leads to each."""
    if not steps:
        yield path, data
        return
    (name, index), rest = steps[0], steps[1:]
    if index is not None and isinstance(data, list) and int(index) < len(data):
        yield from _places(data[int(index)], rest, f"{path}[{index}]")
    elif name is not None and isinstance(data, dict) and name in data:
        yield from _places(data[name], rest, _joined(path, name))
    elif name is None and index is None and isinstance(data, dict):
        for key, value in data.items():
            yield from _places(value, rest, _joined(path, str(key)))


def _known(kind: inspect.Type, steps: list[tuple[str | None, str | None]]) -> list[str]:
    """The keys that a table at such a place takes."""
    if isinstance(kind, inspect.UnionType):
        return [key for each in kind.types for key in _known(each, steps)]
    if isinstance(kind, inspect.StructType):
        if not steps:
            return [field.encode_name for field in kind.fields]
        inner = (field.type for field in kind.fields if field.encode_name == steps[0][0])
        return [key for each in inner for key in _known(each, steps[1:])]
    inside: Any = getattr(kind, "item_type", None) or getattr(kind, "value_type", None)
    return _known(inside, steps[1:]) if steps and inside is not None else []
