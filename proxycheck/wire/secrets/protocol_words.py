"""Words of HTTP that stand in a message whatever the password is: left alone even where a password is one of them.

A password such as `close`, `realm` or `1234` would otherwise take the sense out of a recorded answer, and a report
could no longer be judged from its own evidence. Where such a word stands in its place, it tells nobody anything:
the start line's version and status (RFC 9112 section 3 and 4), the names of fields, and the few values that frame a
message or name a scheme, each only in the very form of its grammar.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_START = re.compile(
    rb"\r?\n?(?:(HTTP/\d\.\d[ \t]+(\d{3})(?=[ \t\r\n])[ \t]*)[^\r\n]*"
    rb"|(CONNECT |GET )[^\r\n]*?( HTTP/1\.[01]))(?:\r?\n|$)"
)
_FIELD = re.compile(
    rb"(connection|content-length|content-type|date|host|location|proxy-authenticate|proxy-authorization"
    rb"|proxy-connection|server|transfer-encoding|user-agent|via|www-authenticate)[ \t]*:([^\r\n]*)(?:\r?\n|$)",
    re.IGNORECASE,
)
_OTHER = re.compile(rb"[^\r\n]+(?:\r?\n|$)")
_VALUES = {
    b"connection": re.compile(rb"[ \t]*(?:(?:close|keep-alive)[ \t,]*)+$", re.IGNORECASE),
    b"content-length": re.compile(rb"[ \t]*\d{1,10}[ \t]*$"),
    b"transfer-encoding": re.compile(rb"[ \t]*(?:(?:chunked|gzip|identity)[ \t,]*)+$", re.IGNORECASE),
}
_VALUES[b"proxy-connection"] = _VALUES[b"connection"]
_CHALLENGE = re.compile(
    rb"(?<![^ \t,])(?:(?:basic|bearer|digest|kerberos|negotiate|ntlm)(?=[ \t,]|$)"
    rb"|(?:algorithm|charset|domain|nonce|opaque|qop|realm|stale)[ \t]*=)",
    re.IGNORECASE,
)


def protocol_spans(data: bytes) -> Iterator[Span]:
    """Where such words stand in the head of a message, and of the final answer behind interim ones."""
    at = 0
    while (start := _START.match(data, at)) is not None:
        yield from (start.span(group) for group in (1, 3, 4) if start.group(group) is not None)
        at = start.end()
        while (line := _FIELD.match(data, at) or _OTHER.match(data, at)) is not None:
            if line.re is _FIELD:
                yield from _field_spans(line)
            at = line.end()
        if not (start.group(2) or b"").startswith(b"1"):
            return


def _field_spans(line: re.Match[bytes]) -> Iterator[Span]:
    yield line.span(1)
    name = line.group(1).lower()
    if name.endswith(b"-authenticate"):
        yield from (word.span() for word in _CHALLENGE.finditer(line.string, *line.span(2)))
    elif name in _VALUES and _VALUES[name].match(line.group(2)):
        yield line.span(2)
