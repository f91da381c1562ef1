"""Which fields of a report are kept as they are. Everything else that holds text goes through the mask."""

from collections.abc import Iterator
from functools import cache

from msgspec import inspect

from proxycheck.model.report import Report

KEPT = frozenset(
    (
        *("tool.name", "tool.version", "tool.python", "tool.fault.check"),
        *("run.id", "run.started_at", "run.finished_at", "checks.id"),
        *("endpoints.tls.chain", "endpoints.tls.leaf_sha256"),
        *(
            "evidence.id",
            "evidence.tls.profile",
            "evidence.tls.chain",
            "evidence.tls.flight",
            "evidence.tls.possession",
        ),
        *("evidence.canary.case", "evidence.canary.serials", "evidence.canary.certificate_sha256"),
        *("evidence.canary.comparisons.sha256", "evidence.canary.comparisons.arrived.sha256"),
        *("trust.roots", "trust.logs.key", "certificates", "certificates.*"),
    )
)
"""Ids, times, hashes and words that this program alone writes; and certificates, whose signatures would break. A field
that a proxy, the network or a person can put text into is none of these."""
VOCABULARY = frozenset(
    (
        *("device.name", "device.title", "device.document", "device.functions.name", "device.functions.plain"),
        *("endpoints.function", "endpoints.any_of", "run.options.device"),
        *("proxy.products.name", "causes.product.name"),
        *("causes.remedies.product", "causes.remedies.documented", "causes.remedies.proved"),
    )
)
"""Fields that are kept where they hold, whole, what a guide or a product file of this program says."""


@cache
def closed_fields() -> frozenset[str]:
    """The fields whose type allows a few values alone, so that nobody can put text into them."""
    return frozenset(place for place, kind in fields() if isinstance(kind, inspect.LiteralType))


def fields() -> Iterator[tuple[str, inspect.Type]]:
    """Every field of a report that holds no others, by its path: `causes.product.because`. The values of a mapping are
    `certificates.*`, its keys `certificates`."""
    return _below(inspect.type_info(Report), "")


def _below(kind: inspect.Type, place: str) -> Iterator[tuple[str, inspect.Type]]:
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from _below(field.type, f"{place}.{field.encode_name}".lstrip("."))
    elif isinstance(kind, inspect.VarTupleType | inspect.ListType):
        yield from _below(kind.item_type, place)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _below(each, place)
    elif isinstance(kind, inspect.DictType):
        yield from _below(kind.key_type, place)
        yield from _below(kind.value_type, f"{place}.*")
    else:
        yield place, kind
