"""Where secrets stand in recorded bytes by the grammar around them, whoever's they are.

- The values of header fields that carry credentials, tokens or cookies: as a header line with its
  continuations, and where a page shows the field (`<td>Cookie</td><td>...`, `"Authorization": "..."`,
  `HTTP_COOKIE=...`). A known scheme name in front stays.
- Tokens of NTLM, Negotiate and Kerberos wherever they stand: a server's challenge too is half of what an
  attack on the password needs. Their length stays.
- User name and password in front of a host: in a URL, and in what a PAC file says (`PROXY user:password@host`).
- The parameters of a Digest answer that tell whether a guess is right: `response`, `rspauth`, `cnonce`.

Time is linear in the length of the bytes.
"""

import re
from collections.abc import Iterator

from proxycheck.wire.pattern import Pattern

Edit = tuple[int, int, bytes]
"""Start, end, and what takes the place of the bytes between."""

REDACTED = "<redacted>"
REDACTION = re.compile(r"<redacted>(?: \(\d{1,9} characters\))?")
"""What the redaction leaves behind."""

_MARK = REDACTED.encode()
_NOTHING_LEFT = Pattern(rb"(?:" + REDACTION.pattern.encode() + rb"|[ \t\r\n])*+")
_NAME = Pattern(
    rb"(?<![A-Za-z0-9])(?:HTTP_)?((?:proxy[-_])?authorization|(?:proxy[-_])?authentication[-_]info"
    rb"|(?:set[-_])?cookie2?|x[-_]auth(?:[-_][a-z0-9_-]{1,64})?)(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
_LINE_REST = Pattern(rb"[ \t]*+:([^\r\n]*+(?:\r?\n[ \t]++[^\r\n]*+)*+)")
_TAG = rb"(?!" + _MARK + rb")</?[A-Za-z][^<>]{0,200}+>"
_QUOTE = rb"\\?[\"']|&quot;|&#34;"
_SHOWN = Pattern(  # what may stand between a field's name and its value on a page
    rb"(?:" + _QUOTE + rb"|\])?+[ \t]*+(?::|=(?:>|&gt;)?|(?=</)" + _TAG + rb")"
    rb"(?:[ \t\r\n:]|" + _TAG + rb")*+(" + _QUOTE + rb")?+"
)
_SHOWN_VALUE = {
    b'"': re.compile(rb'(?:[^"\\\r\n]|\\[^\r\n])*+'),
    b"'": re.compile(rb"(?:[^'\\\r\n]|\\[^\r\n])*+"),
}
_SHOWN_REST = re.compile(rb"[^\r\n<]*+")
_SCHEME = re.compile(rb"[ \t]*+(?:(?:basic|bearer|digest|kerberos|negotiate|ntlm)[ \t]++)?+", re.IGNORECASE)
_TOKEN = Pattern(
    rb"(?<![A-Za-z0-9])(?i:NTLM|Negotiate|Kerberos)[ \t\r\n]{1,8}+"
    rb"(?=[a-z/._~-]*+[A-Z0-9+])([A-Za-z0-9+/_~.-]{24,}+={0,2}+)"  # not a word or two of a sentence
    rb"|(?<![A-Za-z0-9+/])(TlRMTVNTU[A-Za-z0-9+/]{8,}+={0,2}+)"  # "NTLMSSP" and a zero byte
)
_EQUALS = rb"[ \t]?(?:=|%3D|&#61;)[ \t]?(?:" + _QUOTE + rb"|%22)?+"
_DIGEST = Pattern(
    rb"(?<![A-Za-z0-9])(?:(?:response|rspauth)" + _EQUALS + rb"([0-9a-f]{32,}+)"
    rb"|cnonce" + _EQUALS + rb"([A-Za-z0-9+/=._~:!-]++))",
    re.IGNORECASE,
)


_USERINFO = rb"([^\s/@:\"'<>;,]{0,256}+:[^\s/@\"'<>;,]{1,256}+)@"
_IN_URL = Pattern(rb"://" + _USERINFO)
_WAY = re.compile(rb"(?:proxy|https?|socks[45]?)[ \t]")
_AFTER_WAY = Pattern(rb"(?<![A-Za-z0-9])(?:PROXY|HTTPS?|SOCKS[45]?)[ \t]{1,8}+" + _USERINFO, re.IGNORECASE)
_HINTS = (b"auth", b"cookie", b"ntlm", b"negotiate", b"kerberos", b"tlrmtvntu", b"response", b"cnonce")
"""In lower case, a part of everything that the patterns begin with, as `_WAY` is of `_AFTER_WAY`: most records hold
none of them, and all that is recorded is looked through. One by one they are found ten times as fast as together."""


def field_edits(data: bytes) -> Iterator[Edit]:
    """What to replace in `data`; edits may overlap. Nothing is found where only redactions are left."""
    lower = data.lower()
    if b"@" in data:
        places = _IN_URL, *([_AFTER_WAY] if _WAY.search(lower) is not None else [])
        yield from ((*match.span(1), _MARK) for place in places for match in place.finditer(data))
    if not any(hint in lower for hint in _HINTS):
        return
    done = 0
    for match in _NAME.finditer(data):
        if match.start() >= done:  # not in a value that goes anyway
            start, done = _value(data, match)
            if _NOTHING_LEFT.fullmatch(data, start, done) is None:
                yield start, done, _MARK
    for match in _TOKEN.finditer(data):
        start, end = match.span(match.lastindex or 0)
        yield start, end, _MARK + b" (%d characters)" % (end - start)
    for match in _DIGEST.finditer(data):
        start, end = match.span(match.lastindex or 0)
        yield start, end, _MARK


def _value(data: bytes, name: re.Match[bytes]) -> tuple[int, int]:
    """Where the value of the field `name` stands, without a known scheme in front; empty where there is none."""
    line = _LINE_REST.match(data, name.end()) if _begins_line(data, name.start()) else None
    if line is not None:
        start, end = line.span(1)
    else:
        shown = _SHOWN.match(data, name.end())
        if shown is None:
            return name.end(), name.end()
        value = _SHOWN_VALUE.get(shown.group(1), _SHOWN_REST).match(data, shown.end())
        start, end = shown.end(), value.end() if value else shown.end()
    scheme = _SCHEME.match(data, start, end)
    return scheme.end() if scheme else start, end


def _begins_line(data: bytes, at: int) -> bool:
    first = max(0, at - 16)
    _, line_break, indent = data[first:at].rpartition(b"\n")
    return not indent.strip(b" \t") and (bool(line_break) or first == 0)
