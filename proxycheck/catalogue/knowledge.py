"""What is known beforehand: `fixtures/causes.toml` and `fixtures/products/*.toml`.

Missing or doubtful knowledge is an error, never a weaker diagnosis: a cause that is found has its text, exactly once,
every template names only what can be filled in, every signal says where it is looked for. Patterns are compiled where
they are used. That each of them compiles and matches its example, and that every cause has a text, tests hold.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

from msgspec import Struct

from proxycheck import resources
from proxycheck.catalogue import toml
from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.errors import ConfigurationError
from proxycheck.model.cause import CauseCode
from proxycheck.model.files.knowledge import (
    CONFIG_FIELDS,
    EACH_FIELDS,
    EACH_PORT_FIELDS,
    TEXT_FIELDS,
    CauseText,
    Knowledge,
    Product,
    Signal,
)

_CERTIFICATE_PLACES = frozenset(("issuer", "subject"))


class _Causes(Struct, forbid_unknown_fields=True):
    cause: tuple[CauseText, ...]


class _Texts(dict[CauseCode, CauseText]):
    """The texts of a file by cause: a missing one is told when it is needed, so that it fails one thing, not all."""

    def __init__(self, path: Path, texts: dict[CauseCode, CauseText]) -> None:
        super().__init__(texts)
        self._path = path

    def __missing__(self, code: CauseCode) -> CauseText:
        raise ConfigurationError(f"{self._path} has no text for {code}; add a [[cause]] for it")


def load_knowledge() -> Knowledge:
    """Everything the diagnosis knows: the text of every cause, and all products in the order of their file names.

    Raises ConfigurationError naming the file for a cause with two texts, a product named twice, a field that no
    template may use, and whatever does not fit the types."""
    folder = resources.fixtures()
    formats = load_allowlists().formats.values()
    return Knowledge(
        causes=read_causes(folder / "causes.toml"),
        products=read_products(folder / "products"),
        formats={product: each for each in formats for product in each.products},
    )


def read_causes(path: Path) -> dict[CauseCode, CauseText]:
    """Returns the texts in `path` by cause; asking them for a cause without text raises ConfigurationError.

    Raises ConfigurationError as `load_knowledge` does."""
    texts = toml.load(path, _Causes).cause
    _refuse(path, _repeated("cause", (text.code for text in texts)))
    for text in texts:
        for words in (text, text.without_proxy, text.observed, text.everywhere):
            if words is not None:
                _refuse(path, _broken_templates(text.code, (words.title, words.explanation), TEXT_FIELDS))
                _refuse(path, _broken_remedies(text.code, ((r.text, r.config) for r in words.remedies)))
    return _Texts(path, {text.code: text for text in texts})


def read_products(folder: Path) -> tuple[Product, ...]:
    """The products in `folder`, one a file. Raises ConfigurationError as `load_knowledge` does."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise ConfigurationError(f"{folder} holds no product file; install the package again")
    products = tuple(read_product(path) for path in paths)
    _refuse(folder, _repeated("product", (product.name for product in products)))
    return products


def read_product(path: Path) -> Product:
    """The product that the file `path` describes. Raises ConfigurationError as `load_knowledge` does."""
    product = toml.load(path, Product)
    for number, signal in enumerate(product.signals, start=1):
        _refuse(path, _broken_signal(f"signal {number}", signal, in_certificate=False))
    for number, signal in enumerate(product.authorities, start=1):
        _refuse(path, _broken_signal(f"authority {number}", signal, in_certificate=True))
    for remedy in product.remedies:
        _refuse(path, _broken_remedies(remedy.cause, ((remedy.text, remedy.config),)))
    return product


def _refuse(path: Path, problems: Iterable[str]) -> None:
    for problem in problems:
        raise ConfigurationError(f"{path} does not fit: {problem}")


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"the {what} {name!r} is there twice; keep one"
        seen.add(name)


def _broken_signal(which: str, signal: Signal, *, in_certificate: bool) -> Iterator[str]:
    if (signal.where in _CERTIFICATE_PLACES) is not in_certificate:
        place = "[[authorities]]" if not in_certificate else "[[signals]]"
        yield f"{which}: what is looked for in the {signal.where} belongs under {place}"
    if (signal.where == "header") is not (signal.header is not None):
        yield f"{which}: `header` is given if, and only if, `where` is 'header'"
    if signal.attribute is not None and signal.where not in _CERTIFICATE_PLACES:
        yield f"{which}: `attribute` is for distinguished names, not for the {signal.where}"
    if (signal.match == "present") is not (signal.pattern == ""):
        yield f"{which}: every match but 'present' needs a `pattern`"


def _broken_remedies(code: str, remedies: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    for text, config in remedies:
        yield from _broken_templates(code, (text,), TEXT_FIELDS)
        lines = (config or "").splitlines()
        yield from _broken_templates(code, lines, CONFIG_FIELDS)
        for line in lines:
            repeated = _fields(line) & EACH_FIELDS
            if len({name if name in EACH_PORT_FIELDS else "host" for name in repeated}) > 1:
                yield f"{code}: the line {line!r} can be repeated for each port or for each host, not for both"


def _broken_templates(code: str, templates: Iterable[str], known: frozenset[str]) -> Iterator[str]:
    for template in templates:
        try:
            unknown = _fields(template) - known
        except ValueError as error:
            yield f"{code}: the template {template!r} is malformed ({error}); double a brace that is meant"
            continue
        if unknown:
            yield f"{code}: {{{min(unknown)}}} cannot be filled in; known are {', '.join(sorted(known))}"


def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)
