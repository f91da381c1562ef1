"""Reads every challenge of a 407, however it is written (RFC 9110 section 11.6, RFC 7617, RFC 7616).

    Proxy-Authenticate = #challenge
    challenge          = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
    auth-param         = token BWS "=" BWS ( token / quoted-string )

Nothing is refused: what breaks the grammar is read as its sender most likely meant it, and named in
`deviations`. Text is ISO-8859-1, one character a byte. The time taken is linear in the length of the lines.
"""

import re
from collections.abc import Sequence

from proxycheck.wire.auth.challenge import Challenge, Deviation
from proxycheck.wire.secrets.redaction import REDACTION

LINE_LIMIT = 65536
"""Bytes read of one header line. A Kerberos token fits; whatever follows is ignored and told as `cut`."""
CHALLENGE_LIMIT = 64
"""Challenges read of one header line."""

KNOWN_SCHEMES = frozenset(
    {
        "basic",
        "bearer",
        "digest",
        "hoba",
        "kerberos",
        "mutual",
        "negotiate",
        "ntlm",
        "scram-sha-1",
        "scram-sha-256",
    }
)
_NEED_REALM = frozenset({"basic", "digest"})
_PARAMETERS = frozenset({"algorithm", "charset", "domain", "nonce", "opaque", "qop", "realm", "stale"})

_GAP = re.compile(r"[ \t\r\n,]*+")
_WORD = re.compile(r'[^ \t\r\n,="]++')
_NAME = re.compile(r'([^ \t\r\n,="]++)([ \t\r\n]*+)=([ \t\r\n]*+)')
_QUOTED = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_AFTER_QUOTE = re.compile(r'[ \t\r\n,]|$|[^ \t\r\n,="]++=')
_LAST_QUOTE = re.compile(r'"(?=[ \t\r\n]*+(?:,|$))')
_UNQUOTED = re.compile(r"[^ \t\r\n,]*+")
_NEXT_WORD = re.compile(r'[ \t\r\n]++([^ \t\r\n,="]++)(?![ \t\r\n]*+=)')
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN68 = re.compile(rf"(?:([A-Za-z0-9\-._~+/]++)=*+|{REDACTION.pattern})(?=[ \t\r\n]*+(?:,|$))")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_challenges(
    headers: Sequence[tuple[bytes, bytes]], field: bytes = b"proxy-authenticate"
) -> tuple[Challenge, ...]:
    """Every challenge in `headers`, in the order sent. `field` in lower case names the header field to
    read."""
    found: list[Challenge] = []
    for index, (name, value) in enumerate(headers):
        if name.strip().lower() == field:
            found.extend(_Line(value, index).read())
    return tuple(found)


class _Draft:
    """A challenge while its line is being read."""

    def __init__(self, scheme: str, start: int) -> None:
        self.scheme = scheme
        self.start = start
        self.token68: str | None = None
        self.parameters: list[tuple[str, str]] = []
        self.deviations: set[Deviation] = set()

    @property
    def bare(self) -> bool:
        return self.token68 is None and not self.parameters

    def finish(self, line: int, raw: str) -> Challenge:
        name = self.scheme.lower()
        names = [key for key, _ in self.parameters]
        if name in _NEED_REALM and "realm" not in names:
            self.deviations.add("no-realm")
        if len(set(names)) < len(names):
            self.deviations.add("repeated-parameter")
        if self.scheme and not _TOKEN.fullmatch(self.scheme):
            self.deviations.add("odd-scheme")
        if _CONTROL.search(raw):
            self.deviations.add("odd-bytes")
        if "\n" in raw or "\r" in raw:
            self.deviations.add("folded")
        deviations = tuple(sorted(self.deviations))
        return Challenge(self.scheme, name, self.token68, tuple(self.parameters), line, raw, deviations)


class _Line:
    """One header line, read from left to right."""

    def __init__(self, value: bytes, index: int) -> None:
        self._cut = len(value) > LINE_LIMIT
        self._text = value[:LINE_LIMIT].decode("iso-8859-1").strip(" \t\r\n")
        self._index = index
        self._at = 0
        self._drafts: list[_Draft] = []

    def read(self) -> list[Challenge]:
        while True:
            gap = self._take(_GAP)
            if self._at == len(self._text):
                break
            if len(self._drafts) > CHALLENGE_LIMIT:
                self._drafts.pop()
                self._cut = True
                break
            self._element("," in gap or not self._drafts)
        return self._finish()

    def _finish(self) -> list[Challenge]:
        if self._cut and self._drafts:
            self._drafts[-1].deviations.add("cut")
        borders = [draft.start for draft in self._drafts] + [self._at]
        return [
            draft.finish(self._index, self._text[draft.start : end].rstrip(" \t\r\n,"))
            for draft, end in zip(self._drafts, borders[1:], strict=True)
        ]

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _element(self, after_comma: bool) -> None:
        """One token68, parameter or scheme."""
        draft = self._drafts[-1] if self._drafts else None
        if draft is not None and draft.bare and draft.scheme and not after_comma and self._token68(draft):
            return
        name = _NAME.match(self._text, self._at)
        if name is not None:
            self._parameter(draft or self._begin("", "no-scheme"), name, after_comma)
        else:
            self._word(draft, after_comma)

    def _begin(self, scheme: str, deviation: Deviation | None = None) -> _Draft:
        draft = _Draft(scheme, self._at)
        if deviation is not None:
            draft.deviations.add(deviation)
        self._drafts.append(draft)
        return draft

    def _token68(self, draft: _Draft) -> bool:
        match = _TOKEN68.match(self._text, self._at)
        if match is None:
            return False
        core = (match.group(1) or "").lower()
        if core in KNOWN_SCHEMES or (core in _PARAMETERS and match.group().endswith("=")):
            return False
        draft.token68 = match.group()
        self._at = match.end()
        return True

    def _parameter(self, draft: _Draft, name: re.Match[str], after_comma: bool) -> None:
        if draft.parameters and not after_comma:
            draft.deviations.add("missing-comma")
        if draft.bare and draft.scheme and after_comma:
            draft.deviations.add("comma-after-scheme")
        if name.group(2) or name.group(3):
            draft.deviations.add("space-around-equals")
        self._at = name.end()
        key = name.group(1).lower()
        draft.parameters.append((key, self._value(draft, key)))

    def _value(self, draft: _Draft, key: str) -> str:
        if not self._text.startswith('"', self._at):
            return self._unquoted(draft, key)
        start = self._at + 1
        quoted = _QUOTED.match(self._text, self._at)
        if quoted is None:
            draft.deviations.add("unterminated-quote")
            self._at = len(self._text)
            return _ESCAPE.sub(r"\1", self._text[start:])
        self._at = quoted.end()
        last = None if _AFTER_QUOTE.match(self._text, self._at) else _LAST_QUOTE.search(self._text, self._at)
        if last is None:
            return _ESCAPE.sub(r"\1", quoted.group(1))
        draft.deviations.add("unescaped-quote")
        self._at = last.end()
        return self._text[start : last.start()]

    def _unquoted(self, draft: _Draft, key: str) -> str:
        """A value without quotes, with the words after it that can be neither a scheme nor a parameter."""
        start = self._at
        self._take(_UNQUOTED)
        while self._at > start:
            word = _NEXT_WORD.match(self._text, self._at)
            if word is None or word.group(1).lower() in KNOWN_SCHEMES:
                break
            self._at = word.end()
        value = self._text[start : self._at]
        if not value:
            draft.deviations.add("empty-value")
        elif key == "realm":
            draft.deviations.add("unquoted-realm")
        elif not _TOKEN.fullmatch(value):
            draft.deviations.add("unquoted-value")
        return value

    def _word(self, draft: _Draft | None, after_comma: bool) -> None:
        """A word without an equals sign: a scheme, or stray text."""
        start = self._at
        word = self._take(_WORD)
        if not word:
            (draft or self._begin("", "no-scheme")).deviations.add("stray-text")
            if not self._take(_QUOTED):
                self._at += 1
        else:
            self._begin(word, None if after_comma else "missing-comma").start = start
