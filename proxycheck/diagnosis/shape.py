"""Whether two answers of a proxy are the same answer for different hosts.

Products word the same fact differently, but each words it the same way every time: what changes is the host's name or
the URL, dates, counters. Comparing answers with one another needs no product's wording at all.
"""

import re
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

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
    """What stays of an answer when what was asked for and all that changes by itself is taken out."""

    status: int
    fields: tuple[tuple[str, str], ...]
    words: frozenset[str]


_NOWHERE = re.compile(r"(?!)")
_ENCODED = 2
"""How often a URL may be encoded where a page or another URL quotes it."""


def _plain(text: str) -> str:
    """The text without the encodings of HTML and URLs, in which a page may quote what was asked for."""
    for _ in range(_ENCODED):
        text = unquote(unescape(text), "latin-1")
    return text


@lru_cache(maxsize=512)
def _asked(place: str) -> re.Pattern[str]:
    """What finds a place in a text: its host, with the path behind it, and the path alone where it says something. A
    page may leave out the query."""
    host, slash, rest = _plain(place).partition("/")
    if not host:
        return _NOWHERE
    whole = slash + rest
    paths = [re.escape(path) for path in dict.fromkeys((whole, whole.partition("?")[0])) if path.strip("/")]
    alone = [rf"(?<![\w<]){path}(?![\w/])" for path in paths]
    behind = "|".join([*(rf"{path}(?![\w/])" for path in paths), r"/(?=[^\w/]|$)"])
    return re.compile("|".join([rf"{re.escape(host)}(?::\d+)?(?:{behind})?", *alone]), re.IGNORECASE)


def _without(text: str, place: str) -> str:
    return _TOKEN.sub("", _asked(place).sub("", _plain(text)))


def shape(reply: Reply, place: str) -> Shape:
    """The shape of an answer that was given for `place`: a host, or a host with the path that was asked for."""
    fields = sorted(
        (name.lower(), re.sub(r"[\d.:-]+", "", _without(value, place)).strip())
        for name, value in reply.headers
        if name.lower() not in _VOLATILE
    )
    text = _without(reply.body[:_BODY].decode("latin-1"), place)
    return Shape(reply.status, tuple(fields), frozenset(_WORDS.findall(text)))


def alike(one: Shape, other: Shape) -> bool:
    """Whether both are the same answer."""
    if (one.status, one.fields) != (other.status, other.fields):
        return False
    return words_shared(one, other) >= _ALIKE


def words_shared(one: Shape, other: Shape) -> float:
    """The share of the words of both that stand in both; 1 where there are none."""
    union = one.words | other.words
    return len(one.words & other.words) / len(union) if union else 1.0


def same_author(one: Reply, one_place: str, other: Reply, other_place: str) -> bool:
    """Whether two answers were written by the same server: the same field names and the same named `Server`. The
    places are those of `shape`.

    Without a `Server` field the names prove little, and only the same page is the same author."""

    def dress(reply: Reply) -> tuple[frozenset[str], str | None]:
        names = frozenset(name.lower() for name, _ in reply.headers) - _VOLATILE
        return names, reply.value("Server")

    if one.value("Server") is None:
        return alike(shape(one, one_place), shape(other, other_place))
    return dress(one) == dress(other)
