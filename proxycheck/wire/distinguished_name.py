"""Reads distinguished names in the string form of RFC 4514, as `cryptography` writes them; tolerant, never raises."""

import re

_PART = re.compile(r"(?:[^\\,+]|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
_LONG_FORMS = {"1.2.840.113549.1.9.1": "emailaddress", "e": "emailaddress", "email": "emailaddress"}


def attribute_values(name: str, attribute: str) -> tuple[str, ...]:
    """The values of one attribute type in `name`, unescaped (section 2.4) and without surrounding spaces.

    Types are compared without case; `emailAddress` is also known by its OID."""
    wanted = attribute.lower()
    parts = (part.partition("=") for part in _PART.findall(name))
    return tuple(_unescaped(value).strip() for kind, equals, value in parts if equals and _type(kind) == wanted)


def _type(text: str) -> str:
    kind = text.strip().lower()
    return _LONG_FORMS.get(kind, kind)


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(_plain, value)


def _plain(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    return bytes.fromhex(match[1].replace("\\", "")).decode("utf-8", "replace")
