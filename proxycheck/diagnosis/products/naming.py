"""Which product is it? Names explain a cause and choose its remedies; no verdict rests on one.

One signal of high or medium confidence names a product; signals of low confidence never do, however many there are:
what several products share does not become the mark of one by being there twice.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from proxycheck.diagnosis.products.signals import Certificate, ProxyAnswer, found, words
from proxycheck.model.cause import ProductName
from proxycheck.model.files.knowledge import Product, ProductKind, Signal, SignalConfidence

_RANK: dict[SignalConfidence, int] = {"high": 0, "medium": 1}
_PAGE_PLACES = frozenset(("body", "title", "location"))

_Hits = list[tuple[Signal, str, SignalConfidence]]


class Recognition(Struct, frozen=True):
    """A product, the evidence in words (at most 200 characters, printable), and how sure the naming is."""

    name: str
    kind: ProductKind
    because: str
    confidence: SignalConfidence


def recognise_reply(
    products: Sequence[Product],
    status_line: str,
    headers: Sequence[tuple[str, str]],
    body: str,
    *,
    in_refusal: bool = False,
) -> tuple[Recognition, ...]:
    """The products that an HTTP answer names, the surest first. `in_refusal`: it refuses a tunnel, so that software
    which origins use as well is the proxy's own.

    Meant for answers that only the proxy can have given, such as those to CONNECT: an origin may itself stand behind
    software that is listed here. All text is one character a byte."""
    answer = ProxyAnswer(status_line, headers, body)
    return _named((product, _hits(product.signals, answer, in_refusal=in_refusal)) for product in products)


def is_block_page(
    products: Sequence[Product], status_line: str, headers: Sequence[tuple[str, str]], body: str
) -> ProductName | None:
    """The product whose own page, or redirect to it, this answer is; None when an origin may have written it.

    Only what stands in the page, its title and its redirect counts, and only of products that no origin uses."""
    answer = ProxyAnswer(status_line, headers, body)
    seen = _named(
        (product, [hit for hit in _hits(product.signals, answer) if hit[0].where in _PAGE_PLACES])
        for product in products
        if product.kind != "server"
    )
    return ProductName(seen[0].name, seen[0].because) if seen else None


def recognise_authority(products: Sequence[Product], issuer: str, subject: str) -> tuple[Recognition, ...]:
    """The products that sign certificates under this issuer's name, the surest first.

    Both names are RFC 4514 strings. Ask only about chains that lead to no public root: companies that make proxies
    have public certificates too, and so the subject confirms a product and never names one by itself."""
    certificate = Certificate(issuer, subject)
    seen = ((product, _hits(product.authorities, certificate)) for product in products)
    return _named((product, hits) for product, hits in seen if any(signal.where == "issuer" for signal, *_ in hits))


def _hits(signals: Iterable[Signal], seen: ProxyAnswer | Certificate, *, in_refusal: bool = False) -> _Hits:
    """The signals that may name a product and are there, each with what to quote and how sure it is there."""
    sure = ((signal, (in_refusal and signal.in_refusal) or signal.confidence) for signal in signals)
    candidates = ((signal, found(signal, seen), confidence) for signal, confidence in sure if confidence in _RANK)
    return [(signal, quoted, confidence) for signal, quoted, confidence in candidates if quoted is not None]


def _named(hits: Iterable[tuple[Product, _Hits]]) -> tuple[Recognition, ...]:
    """One recognition for each product with a hit: by confidence, then by the number of hits as sure."""
    ranked: list[tuple[int, int, Recognition]] = []
    for product, seen in hits:
        if seen:
            signal, quoted, confidence = min(seen, key=lambda hit: _RANK[hit[2]])
            as_sure = sum(other == confidence for *_, other in seen)
            named = Recognition(product.name, product.kind, words(signal, quoted), confidence)
            ranked.append((_RANK[confidence], -as_sure, named))
    return tuple(named for *_, named in sorted(ranked, key=lambda each: each[:2]))
