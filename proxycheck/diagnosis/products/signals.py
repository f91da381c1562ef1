"""Whether a signal of a product is in an HTTP answer or in the names of a certificate, and how to say so.

What comes from the wire is hostile: it is cut before it is searched, patterns have no nested repetition (the tests
hold them to it), and whatever is quoted is made printable.
"""

import re
from collections.abc import Sequence
from functools import cache, cached_property

from msgspec import Struct

from proxycheck.model.files.knowledge import Signal
from proxycheck.model.text import printable
from proxycheck.wire.certificates.distinguished_name import attributes

LINE_LIMIT = 8192
FIELDS_LIMIT = 200
BODY_LIMIT = 65536
_TITLE_LIMIT = 300
_QUOTE_LIMIT = 120
_WORDS_LIMIT = 200
_CHALLENGES = ("proxy-authenticate", "www-authenticate")
_REALM = re.compile(r'\brealm[ \t]{0,8}=[ \t]{0,8}(?:"([^"]{0,500})"|([^\s",;]{1,500}))', re.IGNORECASE)


class ProxyAnswer(Struct, frozen=True, dict=True):
    """An HTTP answer; text is one character a byte."""

    status_line: str
    headers: Sequence[tuple[str, str]]
    body: str

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """Values by lower-case name, in order."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers[:FIELDS_LIMIT]:
            found.setdefault(name[:LINE_LIMIT].lower(), []).append(value[:LINE_LIMIT])
        return found

    @cached_property
    def page(self) -> str:
        """As much of the body as is searched."""
        return self.body[:BODY_LIMIT]

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The text of the page's first title element."""
        start = self.page.lower().find("<title")
        begin = self.page.find(">", start, start + _TITLE_LIMIT) if start >= 0 else -1
        if begin < 0:
            return ()
        return (self.page[begin + 1 : begin + 1 + _TITLE_LIMIT].partition("<")[0].strip(),)

    @cached_property
    def realms(self) -> tuple[str, ...]:
        """The realms of all challenges (RFC 9110 section 11.5)."""
        values = (value for name in _CHALLENGES for value in self.fields.get(name, ()))
        return tuple(match[1] or match[2] or "" for value in values for match in _REALM.finditer(value))

    def texts(self, signal: Signal) -> Sequence[str]:
        """What stands at the place where `signal` looks."""
        match signal.where:
            case "header":
                return self.fields.get((signal.header or "").lower(), ())
            case "body":
                return (self.page,)
            case "title":
                return self.title
            case "location":
                return self.fields.get("location", ())
            case "realm":
                return self.realms
            case "status_line":
                return (self.status_line[:LINE_LIMIT],)
            case _:
                return ()


class Certificate(Struct, frozen=True, dict=True):
    """The two names in a certificate, RFC 4514 strings."""

    issuer: str
    subject: str

    @cached_property
    def attributes(self) -> dict[str, dict[str, list[str]]]:
        """The attributes of both names."""
        return {
            "issuer": attributes(self.issuer[:LINE_LIMIT]),
            "subject": attributes(self.subject[:LINE_LIMIT]),
        }

    def texts(self, signal: Signal) -> Sequence[str]:
        """What stands at the place where `signal` looks."""
        if signal.where not in ("issuer", "subject"):
            return ()
        if signal.attribute is not None:
            return self.attributes[signal.where].get(signal.attribute.lower(), ())
        return ((self.issuer if signal.where == "issuer" else self.subject)[:LINE_LIMIT],)


def found(signal: Signal, seen: ProxyAnswer | Certificate) -> str | None:
    """What to quote when `signal` is there: of a page the piece that matches, of all else the whole; or None."""
    for text in seen.texts(signal):
        piece = _piece(signal, text)
        if piece is not None:
            return piece if signal.where == "body" else text
    return None


def words(signal: Signal, quoted: str) -> str:
    """The evidence as a clause of at most 200 printable characters."""
    shown = printable(quoted, _QUOTE_LIMIT)
    clauses = {
        "status_line": f"the reply begins {shown}",
        "header": f"the reply carries {signal.header}: {shown}",
        "location": f"the reply redirects to {shown}",
        "realm": f'the reply asks for credentials for "{shown}"',
        "title": f'the page is titled "{shown}"',
        "body": f'the page contains "{shown}"',
        "issuer": f"the certificate is issued by {shown}",
        "subject": f"the certificate is for {shown}",
    }
    return clauses[signal.where][:_WORDS_LIMIT]


def _piece(signal: Signal, text: str) -> str | None:
    pattern = signal.pattern
    match signal.match:
        case "regex":
            match = _compiled(pattern).search(text)
            return match[0] if match else None
        case "contains":
            return pattern if pattern in text else None
        case "prefix":
            return pattern if text.startswith(pattern) else None
        case "exact":
            return pattern if text == pattern else None
        case "present":
            return text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
