"""Where known secrets stand in recorded bytes, in every form they can take there.

Forms: the password in UTF-8 and in ISO-8859-1; base64 (RFC 4648, both alphabets, padded or not) of
`user:password` in both, and of any text that has the password in it; the password in UTF-16 of either byte order, and
in base64 of that; in hexadecimal digits; each of these percent-encoded (RFC 3986, form encoding, `%uXXXX`, and again
percent-encoded up to twice), with HTML character references, or with JSON and JavaScript escapes, wholly or in part,
in either case of the digits.

Not found: base64 broken over lines, other forms within a form, a password that a proxy turned into another case or
wrote backwards, and whatever a cut has left of a form. Bytes are to be searched before they are cut.
"""

import base64
import html
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator

from proxycheck.model.target import Credentials

SHORTEST_ALONE = 4
"""Characters. A shorter password is too common a text to be looked for by itself: it is found in
`user:password` and in base64, where it means something."""
_SHORTEST_IN_BASE64 = 6  # bytes: less leaves so few sure characters that ordinary words match
_SHORTEST_UNBOUNDED = 8  # base64 characters: a shorter pair counts only as a word of its own ...
_SHORTEST_UNPADDED = 6  # ... and a still shorter one only with its padding

Span = tuple[int, int]
Encoding = str
Decoder = Callable[[re.Match[bytes], Encoding], bytes]

_MOST_AGAIN = 2  # times that percent-encoding is undone once more
_WIDE: tuple[Encoding, ...] = ("utf-16-le", "utf-16-be")

_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]*+={0,2}+")
_BASE64_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_PERCENT = re.compile(rb"%(?:([0-9A-Fa-f]{2})|[uU]([0-9A-Fa-f]{4}))")
_FORM = re.compile(rb"\+|" + _PERCENT.pattern)
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})"
    rb"|([\"'\\/bfnrt]))"
)
_LETTERS = {b"b": "\b", b"f": "\f", b"n": "\n", b"r": "\r", b"t": "\t"}


def _encoded(text: str, encoding: Encoding) -> bytes:
    return text.encode(encoding, "replace" if encoding == "iso-8859-1" else "surrogatepass")


def _percent(match: re.Match[bytes], encoding: Encoding) -> bytes:
    if match.group() == b"+":
        return b" "
    byte, unit = match.groups()
    return bytes.fromhex(byte.decode()) if byte else _encoded(chr(int(unit, 16)), encoding)


def _reference(match: re.Match[bytes], encoding: Encoding) -> bytes:
    text = match.group().decode("ascii")
    if text[1] != "#":
        return _encoded(html.unescape(text), encoding)
    number = int(text[3:-1], 16) if text[2] in "xX" else int(text[2:-1])
    return _encoded(chr(number), encoding) if number <= sys.maxunicode else match.group()


def _escape(match: re.Match[bytes], encoding: Encoding) -> bytes:
    high, low, unit, byte, letter = match.groups()
    if high:
        return _encoded(chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)), encoding)
    if unit or byte:
        return _encoded(chr(int(unit or byte, 16)), encoding)
    return _LETTERS.get(letter, letter.decode("ascii")).encode("ascii")


_VIEWS: tuple[tuple[bytes, re.Pattern[bytes], Decoder], ...] = (
    (b"%", _PERCENT, _percent),
    (b"+", _FORM, _percent),
    (b"&", _REFERENCE, _reference),
    (b"\\", _ESCAPE, _escape),
)
"""Ways to write text otherwise: the byte that gives one away, its escapes, and what they stand for."""


class _View:
    """Bytes with one kind of escape undone, and the way back to where they stood."""

    def __init__(self, data: bytes, pattern: re.Pattern[bytes], decode: Decoder, encoding: Encoding) -> None:
        pieces: list[bytes] = []
        self._plain_ends: list[int] = [0]  # for each escape, in order: the end of what it stands for ...
        self._ends: list[int] = [0]  # ... and its own end
        self._escapes: list[tuple[int, int]] = [(0, 0)]  # the starts of both
        length = done = 0
        for match in pattern.finditer(data):
            decoded = decode(match, encoding)
            pieces += [data[done : match.start()], decoded]
            length += match.start() - done
            self._escapes.append((length, match.start()))
            length += len(decoded)
            done = match.end()
            self._plain_ends.append(length)
            self._ends.append(done)
        self.data = b"".join((*pieces, data[done:]))

    def origin(self, span: Span) -> Span:
        """The span of the original bytes that `span` of the plain ones came from."""
        return self._origin(span[0], at_end=False), self._origin(span[1] - 1, at_end=True)

    def _origin(self, position: int, *, at_end: bool) -> int:
        index = bisect_right(self._plain_ends, position) - 1
        if index + 1 < len(self._escapes):
            plain_start, start = self._escapes[index + 1]
            if position >= plain_start:
                return self._ends[index + 1] if at_end else start
        return self._ends[index] + position - self._plain_ends[index] + (1 if at_end else 0)


class SecretForms:
    """The forms of one user name and password."""

    def __init__(self, credentials: Credentials) -> None:
        username, password = credentials.username, credentials.password
        self._spaces = " " in username or " " in password
        self._plain: set[bytes] = set()
        self._runs: set[bytes] = set()  # inside base64: the whole run around it goes
        words: set[bytes] = set()
        pair = f"{username}:{password}"
        self._encodings = _encodings(password) if len(password) >= SHORTEST_ALONE else _encodings(pair)
        for encoding in self._encodings:
            if len(password) >= SHORTEST_ALONE:
                self._plain.add(_encoded(password, encoding))
            elif password and len(pair) >= SHORTEST_ALONE:
                self._plain.add(_encoded(pair, encoding))
            if len(_encoded(password, encoding)) >= _SHORTEST_IN_BASE64:
                self._runs |= _base64_cores(_encoded(password, encoding))
        self._hex = {text.hex().encode() for text in self._plain}
        for encoding in _WIDE if len(password) >= SHORTEST_ALONE else ():
            self._plain.add(_encoded(password, encoding))
            self._runs |= _base64_cores(_encoded(password, encoding))
            self._hex.add(_encoded(password, encoding).hex().encode())
        for encoding in _encodings(pair):
            encoded = base64.b64encode(_encoded(pair, encoding))
            unpadded = encoded.rstrip(b"=")
            if len(unpadded) >= _SHORTEST_UNBOUNDED:
                self._runs |= _alphabets(unpadded)
            else:
                words |= _alphabets(encoded) | (_alphabets(unpadded) if len(unpadded) >= _SHORTEST_UNPADDED else set())
        self._words = _any_word(words)

    def spans(self, data: bytes) -> Iterator[Span]:
        """Every place in `data` where a form stands; spans may overlap and come in no order."""
        yield from self._search(data)
        for mark, pattern, decode in _VIEWS:
            if mark in data and (mark != b"+" or self._spaces):
                for encoding in self._encodings:
                    view = _View(data, pattern, decode, encoding)
                    yield from map(view.origin, self._search(view.data))
                    if mark == b"%" and b"%" in view.data:
                        yield from map(view.origin, self._percent_again(view.data, encoding, _MOST_AGAIN))

    def _percent_again(self, data: bytes, encoding: Encoding, times: int) -> Iterator[Span]:
        view = _View(data, _PERCENT, _percent, encoding)
        yield from map(view.origin, self._search(view.data))
        if times > 1 and b"%" in view.data:
            yield from map(view.origin, self._percent_again(view.data, encoding, times - 1))

    def _search(self, data: bytes) -> Iterator[Span]:
        for text in self._plain:
            yield from _places(data, text)
        low = data.lower()
        for text in self._hex:
            yield from _places(low, text)
        for text in self._runs:
            yield from _runs_around(data, text)
        if self._words is not None:
            yield from (match.span() for match in self._words.finditer(data))


def _places(data: bytes, text: bytes) -> Iterator[Span]:
    start = data.find(text)
    while start >= 0:
        yield start, start + len(text)
        start = data.find(text, start + len(text))


def _encodings(text: str) -> tuple[Encoding, ...]:
    """The encodings in which `text` has bytes of its own."""
    if text.isascii() or any(ord(letter) > 0xFF for letter in text):
        return ("utf-8",)
    return ("utf-8", "iso-8859-1")


def _alphabets(encoded: bytes) -> set[bytes]:
    return {encoded, encoded.translate(bytes.maketrans(b"+/", b"-_"))}


def _base64_cores(secret: bytes) -> set[bytes]:
    """What base64 shows of `secret` whatever stands before and after it: one text for each of three
    alignments."""
    cores: set[bytes] = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret)
        cores |= _alphabets(encoded[-(-8 * before // 6) : 8 * (before + len(secret)) // 6])
    return cores


def _any_word(words: set[bytes]) -> re.Pattern[bytes] | None:
    if not words:
        return None
    choice = b"|".join(re.escape(word) for word in sorted(words, reverse=True))
    return re.compile(rb"(?<![A-Za-z0-9+/_-])(?:" + choice + rb")(?![A-Za-z0-9+/=_-])")


def _runs_around(data: bytes, text: bytes) -> Iterator[Span]:
    """Each run of base64 characters with `text` in it. Every byte is looked at a fixed number of times."""
    done = 0
    found = data.find(text)
    while found >= 0:
        start = found
        while start > done and data[start - 1] in _BASE64_BYTES:
            start -= 1
        match = _BASE64_RUN.match(data, found)
        done = match.end() if match else found + len(text)
        yield start, done
        found = data.find(text, done)
