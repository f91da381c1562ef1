"""Credentials, cookies and queries that have passed, and text without them in every usual encoding."""

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

from .messages import Fields

REDACTED = "<redacted>"
_SECRETS_KEPT = 256
_VALUES = 100
_SHORTEST_VALUE, _SHORTEST_PASSWORD = 6, 4
_CHALLENGE_TOKEN = re.compile(
    r"\b((?:NTLM|Negotiate|Kerberos|Bearer)[ \t]+)(?![A-Za-z-]+[ \t]*=[^=])[A-Za-z0-9+/._~-]+=*", re.IGNORECASE
)
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){4,}|(?:&#x?[0-9A-Fa-f]{1,6};){4,}|(?:\\u[0-9A-Fa-f]{4}){4,}|(?:\\x[0-9A-Fa-f]{2}){4,}"
)
_MIXED = re.compile(r"[0-9]|[a-z][A-Z]")


class Secrets:
    """What the latest requests have carried that nobody may read, and text without it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def learn(self, target: str, fields: Fields) -> bool:
        """Takes note of the credentials, cookies and queries of a request; whether there was room for all of them."""
        values = [part.rpartition("=")[2] for part in target.partition("?")[2].split("&")]
        cookies = [value for name, value in fields if name.lower() == "cookie"]
        values += [pair.partition("=")[2].strip() for value in cookies for pair in value.split(";")]
        for value in values[:_VALUES]:
            if len(value) >= _SHORTEST_VALUE:
                self._add(value, unquote(value))
        userinfo = target.partition("://")[2].partition("/")[0].rpartition("@")[0] or target.rpartition("@")[0]
        self._add(unquote(userinfo.partition(":")[2]), userinfo.partition(":")[2])
        for name, value in fields:
            if name.lower() in ("proxy-authorization", "authorization"):
                self._add(*_credentials(value))
        return len(values) <= _VALUES

    def _add(self, *secrets: str) -> None:
        for secret in filter(None, secrets):
            self._known[secret] = self._known.pop(secret, ()) or _forms(secret)
        while len(self._known) > _SECRETS_KEPT:
            del self._known[next(iter(self._known))]

    def clean(self, text: str) -> str:
        """`text` (one character a byte) without anything secret. A very short password counts only as a word. Nothing
        is left of a text that holds a secret in an encoding which cannot be cut out."""
        lower = text.lower()
        for secret, forms in self._known.items():
            if any(form in lower for form in forms):
                found = "|".join(map(re.escape, forms))
                short = len(secret) < _SHORTEST_PASSWORD
                text = re.sub(rf"(?<!\w)(?:{found})(?!\w)" if short else found, REDACTED, text, flags=re.IGNORECASE)
        if self._is_left_in(text):
            return REDACTED
        text = _ESCAPES.sub(REDACTED, _CHALLENGE_TOKEN.sub(rf"\1{REDACTED}", text))
        return _LONG.sub(lambda found: REDACTED if _MIXED.search(found[0]) else found[0], text)

    def _is_left_in(self, text: str) -> bool:
        """Whether a secret stands there partly escaped."""
        plain = html.unescape(unquote(text, "latin-1"))
        decoded = {plain, html.unescape(plain), unquote(plain, "latin-1"), plain.replace("+", " ")} - {text}
        lowered = [each.lower() for each in decoded]
        long = (forms for secret, forms in self._known.items() if len(secret) >= _SHORTEST_PASSWORD)
        return any(form in each for forms in long for form in forms for each in lowered)


def _credentials(value: str) -> Iterator[str]:
    scheme, _, token = value.strip().partition(" ")
    yield token.strip() or scheme
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(token.strip() + "==").decode("latin-1")
        except ValueError:
            return
        yield pair
        yield pair.partition(":")[2]
    else:
        yield from re.findall(r'(?:response|cnonce)\s*=\s*"?([^",\s]+)', token, re.IGNORECASE)


def _forms(secret: str) -> tuple[str, ...]:
    """The secret (one character a byte) in every usual encoding, in lower case, the longest first."""
    data = secret.encode("latin-1", "replace")
    texts = {secret, data.decode("utf-8", "replace"), secret.encode().decode("latin-1")}
    forms = {data.hex(), base64.b64encode(data).decode().rstrip("="), quote(data, safe=""), quote_plus(data)}
    for text in texts:
        forms |= {text, html.escape(text), json.dumps(text)[1:-1], quote(text, safe=""), quote_plus(text)}
    return tuple(sorted({form.lower() for form in forms if form}, key=len, reverse=True))
