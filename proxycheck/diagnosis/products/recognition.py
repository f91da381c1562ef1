"""Which products showed themselves in a case. Names explain a cause; no verdict rests on one."""

from collections.abc import Iterable

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.naming import is_block_page, recognise_authority, recognise_reply
from proxycheck.model.cause import ProductName
from proxycheck.model.files.knowledge import Product
from proxycheck.wire.http.reply import Reply


def _named(products: tuple[Product, ...], reply: Reply, *, to_connect: bool) -> tuple[ProductName, ...]:
    status_line = f"HTTP/{reply.version} {reply.status} {reply.reason}".strip()
    refusal = to_connect and not reply.success
    body = reply.body.decode("latin-1")
    found = recognise_reply(products, status_line, reply.headers, body, in_refusal=refusal)
    return tuple(ProductName(seen.name, seen.because) for seen in found)


def products_seen(case: Case) -> tuple[ProductName, ...]:
    """Products that the proxy's own answers name, each once, the first seen first."""
    replies = [o.reply for o in case.observations]
    replies += [case.nonexistent.reply] if case.nonexistent is not None else []
    answers = _seen_in(case, [reply for reply in replies if reply is not None and reply.status])
    page = case.own_page
    return answers if page is None else _once((*answers, *_seen_in(case, [page.reply], to_connect=False)))


def product_of(case: Case, observations: Iterable[Observation]) -> ProductName | None:
    """The product behind what was observed: the one that these answers name, or where they name none, any other answer.

    Where proxies stand one behind the other, each names itself in what it answers itself."""
    answers = [o.reply for o in observations if o.reply is not None and o.reply.status]
    return next(iter((*_seen_in(case, answers), *products_seen(case))), None)


def named_in(case: Case, answers: Iterable[Reply]) -> ProductName | None:
    """The product that these answers to CONNECT name, if they name one."""
    return next(iter(_seen_in(case, answers)), None)


def _seen_in(case: Case, answers: Iterable[Reply], *, to_connect: bool = True) -> tuple[ProductName, ...]:
    distinct = list({(reply.status, reply.headers, reply.body): reply for reply in answers}.values())[:20]
    return _once(name for r in distinct for name in _named(case.knowledge.products, r, to_connect=to_connect))


def _once(names: Iterable[ProductName]) -> tuple[ProductName, ...]:
    """Each product once, where it was first seen."""
    return tuple({name.name: name for name in reversed(tuple(names))}.values())[::-1]


def block_page(products: tuple[Product, ...], reply: Reply) -> ProductName | None:
    """The product whose block page this answer is, if it is a known one."""
    status_line = f"HTTP/{reply.version} {reply.status} {reply.reason}".strip()
    return is_block_page(products, status_line, reply.headers, reply.body.decode("latin-1"))


def authority(products: tuple[Product, ...], issuer: str, subject: str) -> ProductName | None:
    """The product that signed a certificate which is on no public list, by its names."""
    found = recognise_authority(products, issuer, subject)
    return ProductName(found[0].name, found[0].because) if found else None
