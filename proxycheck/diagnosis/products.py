"""Which product is it? Names explain a cause and choose its remedies; no verdict rests on one.

One signal of high or medium confidence names a product; signals of low confidence never do, however many there are:
what several products share does not become the mark of one by being there twice. What comes from the wire is hostile:
it is cut before it is searched, patterns have no nested repetition, and what is quoted of it is made printable.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property

from msgspec import Struct

from proxycheck.model.cause import ProductName
from proxycheck.model.knowledge import Product, ProductKind, Signal, SignalConfidence
from proxycheck.model.text import printable
from proxycheck.wire.distinguished_name import attribute_values

_LINE_LIMIT = 8192
_FIELDS_LIMIT = 200
_BODY_LIMIT = 65536
_TITLE_LIMIT = 300
_QUOTE_LIMIT = 120
_WORDS_LIMIT = 200
_RANK: dict[SignalConfidence, int] = {"high": 0, "medium": 1}
_CHALLENGES = frozenset(("proxy-authenticate", "www-authenticate"))
_REALM = re.compile(r'\brealm[ \t]{0,8}=[ \t]{0,8}(?:"([^"]{0,500})"|([^\s",;]{1,500}))', re.IGNORECASE)
_PAGE_PLACES = frozenset(("body", "title", "location"))


class Recognition(Struct, frozen=True):
    """A product, the evidence in words (at most 200 characters, printable), and how sure the naming is."""

    name: str
    kind: ProductKind
    because: str
    confidence: SignalConfidence


def recognise_reply(
    products: Sequence[Product], status_line: str, headers: Sequence[tuple[str, str]], body: str
) -> tuple[Recognition, ...]:
    """The products that an HTTP answer names, the surest first.

    Meant for answers that only the proxy can have given, such as those to CONNECT: an origin may itself stand behind
    software that is listed here. All text is one character a byte."""
    return _recognise(products, _Answer(status_line[:_LINE_LIMIT], headers[:_FIELDS_LIMIT], body[:_BODY_LIMIT]))


def is_block_page(
    products: Sequence[Product], status_line: str, headers: Sequence[tuple[str, str]], body: str
) -> ProductName | None:
    """The product whose own page, or redirect to it, this answer is; None when an origin may have written it.

    Only what stands in the page, its title and its redirect counts, and only of products that no origin uses."""
    answer = _Answer(status_line[:_LINE_LIMIT], headers[:_FIELDS_LIMIT], body[:_BODY_LIMIT])
    found = _recognise((product for product in products if product.kind != "server"), answer, _PAGE_PLACES)
    return ProductName(found[0].name, found[0].because) if found else None


def recognise_authority(products: Sequence[Product], issuer: str, subject: str) -> tuple[Recognition, ...]:
    """The products that sign certificates under this issuer's name, the surest first.

    Both names are RFC 4514 strings. Ask only about chains that lead to no public root: companies that make proxies
    have public certificates too, and so the subject confirms a product and never names one by itself."""
    certificate = _Certificate(issuer[:_LINE_LIMIT], subject[:_LINE_LIMIT])
    named = {r.name for r in _recognise(products, certificate, frozenset(("issuer",)))}
    return tuple(r for r in _recognise(products, certificate) if r.name in named)


class _Answer(Struct, frozen=True, dict=True):
    status_line: str
    headers: Sequence[tuple[str, str]]
    body: str

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """Values by lower-case name, in order."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name[:_LINE_LIMIT].lower(), []).append(value[:_LINE_LIMIT])
        return found

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The text of the page's first title element."""
        lower = self.body.lower()
        start = lower.find("<title")
        begin = lower.find(">", start, start + _TITLE_LIMIT) if start >= 0 else -1
        if begin < 0:
            return ()
        return (self.body[begin + 1 : begin + 1 + _TITLE_LIMIT].partition("<")[0].strip(),)

    @cached_property
    def realms(self) -> tuple[str, ...]:
        """The realms of all challenges (RFC 9110 section 11.5)."""
        values = (value for name in _CHALLENGES for value in self.fields.get(name, ()))
        return tuple(match[1] or match[2] or "" for value in values for match in _REALM.finditer(value))

    def texts(self, signal: Signal) -> Sequence[str]:
        """What is found at the place where `signal` looks."""
        match signal.where:
            case "status_line":
                return (self.status_line,)
            case "header":
                return self.fields.get((signal.header or "").lower(), ())
            case "location":
                return self.fields.get("location", ())
            case "realm":
                return self.realms
            case "title":
                return self.title
            case "body":
                return (self.body,)
            case _:
                return ()


class _Certificate(Struct, frozen=True):
    issuer: str
    subject: str

    def texts(self, signal: Signal) -> Sequence[str]:
        """What is found at the place where `signal` looks."""
        if signal.where not in ("issuer", "subject"):
            return ()
        name = self.issuer if signal.where == "issuer" else self.subject
        return (name,) if signal.attribute is None else attribute_values(name, signal.attribute)


def _recognise(
    products: Iterable[Product], seen: _Answer | _Certificate, places: frozenset[str] | None = None
) -> tuple[Recognition, ...]:
    found: list[tuple[int, int, Recognition]] = []
    for product in products:
        hits = [
            (signal, text)
            for signal in (product.signals if isinstance(seen, _Answer) else product.authorities)
            if signal.confidence in _RANK and (places is None or signal.where in places)
            for text in _matched(signal, seen.texts(signal))
        ]
        if hits:
            signal, text = min(hits, key=lambda hit: _RANK[hit[0].confidence])
            as_sure = sum(hit[0].confidence == signal.confidence for hit in hits)
            recognition = Recognition(product.name, product.kind, _words(signal, text), signal.confidence)
            found.append((_RANK[signal.confidence], -as_sure, recognition))
    return tuple(recognition for *_, recognition in sorted(found, key=lambda each: each[:2]))


def _matched(signal: Signal, texts: Sequence[str]) -> Iterator[str]:
    """The part to quote of the first text that matches: of a page what matched, of anything else the whole."""
    for text in texts:
        matched = _match(signal, text)
        if matched is not None:
            yield matched if signal.where == "body" else text
            return


def _match(signal: Signal, text: str) -> str | None:
    """The piece of `text` that matches, None when nothing does."""
    if signal.match == "regex":
        found = _compiled(signal.pattern).search(text)
        return found[0] if found else None
    met = {
        "present": True,
        "exact": text == signal.pattern,
        "prefix": text.startswith(signal.pattern),
        "contains": signal.pattern in text,
    }[signal.match]
    return signal.pattern if met else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _words(signal: Signal, text: str) -> str:
    quoted = printable(text, _QUOTE_LIMIT)
    sentence = {
        "status_line": f"the reply begins {quoted}",
        "header": f"the reply carries {signal.header}: {quoted}",
        "location": f"the reply redirects to {quoted}",
        "realm": f'the reply asks for credentials for "{quoted}"',
        "title": f'the page is titled "{quoted}"',
        "body": f'the page contains "{quoted}"',
        "issuer": f"the certificate is issued by {quoted}",
        "subject": f"the certificate is for {quoted}",
    }[signal.where]
    return sentence[:_WORDS_LIMIT]
