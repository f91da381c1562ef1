"""Whether two answers of a proxy are the same answer for different hosts.

Products word the same fact differently, but each words it the same way every time: what changes is the host's name,
dates, counters. Comparing answers with one another needs no product's wording at all.
"""

import re

from msgspec import Struct

from proxycheck.wire.http.reply import Reply

_VOLATILE = frozenset(
    (
        "age",
        "content-length",
        "date",
        "etag",
        "expires",
        "last-modified",
        "set-cookie",
        "via",
        "x-cache",
        "x-cache-lookup",
    )
)
_WORDS = re.compile(r"[A-Za-z_]{3,}")
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]{8,}(?![\w-])")
"""Long words with digits in them: the number of a request, not a word."""
_BODY = 8192
_ALIKE = 0.85
"""Share of words that two pages must have in common; what differs is the host's name and the hour."""


class Shape(Struct, frozen=True):
    """What stays of an answer when the host and all that changes by itself is taken out."""

    status: int
    fields: tuple[tuple[str, str], ...]
    words: frozenset[str]


def _without(text: str, host: str) -> str:
    return _TOKEN.sub("", re.sub(re.escape(host), "", text, flags=re.IGNORECASE))


def shape(reply: Reply, host: str) -> Shape:
    """The shape of an answer that was given for `host`."""
    fields = sorted(
        (name.lower(), re.sub(r"[\d.:-]+", "", _without(value, host)).strip())
        for name, value in reply.headers
        if name.lower() not in _VOLATILE
    )
    text = _without(reply.body[:_BODY].decode("latin-1"), host)
    return Shape(reply.status, tuple(fields), frozenset(_WORDS.findall(text)))


def alike(one: Shape, other: Shape) -> bool:
    """Whether both are the same answer."""
    if (one.status, one.fields) != (other.status, other.fields):
        return False
    union = one.words | other.words
    return not union or len(one.words & other.words) / len(union) >= _ALIKE


def same_author(one: Reply, one_host: str, other: Reply, other_host: str) -> bool:
    """Whether two answers were written by the same server: the same field names and the same named `Server`.

    Without a `Server` field the names prove little, and only the same page is the same author."""

    def dress(reply: Reply) -> tuple[frozenset[str], str | None]:
        names = frozenset(name.lower() for name, _ in reply.headers) - _VOLATILE
        return names, reply.value("Server")

    if one.value("Server") is None:
        return alike(shape(one, one_host), shape(other, other_host))
    return dress(one) == dress(other)
