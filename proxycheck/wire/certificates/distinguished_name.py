"""Reads distinguished names in the string form of RFC 4514, as `cryptography` writes them; tolerant, never raises."""

import re

_PART = re.compile(r"(?:[^\\,+]|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
_SHORT_FORMS = {"1.2.840.113549.1.9.1": "emailaddress", "e": "emailaddress", "email": "emailaddress"}


def attributes(name: str) -> dict[str, list[str]]:
    """The values of each attribute type in `name`, unescaped (section 2.4) and without surrounding spaces.

    Types are in lower case; the e-mail address is `emailaddress` even where its OID is written."""
    found: dict[str, list[str]] = {}
    for part in _PART.findall(name):
        kind, equals, value = part.partition("=")
        if equals:
            kind = kind.strip().lower()
            found.setdefault(_SHORT_FORMS.get(kind, kind), []).append(_ESCAPED.sub(_plain, value).strip())
    return found


def _plain(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    return bytes.fromhex(match[1].replace("\\", "")).decode("utf-8", "replace")
