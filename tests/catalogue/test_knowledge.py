"""The knowledge that is shipped is complete and strict; what is not is refused with file and reason."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from proxycheck import resources
from proxycheck.catalogue.knowledge import (
    load_knowledge,
    read_causes,
    read_product,
    read_products,
)
from proxycheck.errors import ConfigurationError
from proxycheck.model.cause import CauseCode

_INFORMATION = {"auth.not-enforced", "tls.device-untrusted", "endpoint.down"}
_CPU_LIMIT_S = 0.25
"""Far above what it takes (about 15 ms), so that a busy machine passes and a parser gone slow does not."""


@pytest.fixture(scope="module")
def causes_text() -> str:
    return (resources.fixtures() / "causes.toml").read_text(encoding="utf-8")


@pytest.fixture
def causes_file(tmp_path: Path, causes_text: str) -> Callable[[str, str], Path]:
    def write(old: str, new: str) -> Path:
        assert old in causes_text
        path = tmp_path / "causes.toml"
        path.write_text(causes_text.replace(old, new, 1), encoding="utf-8")
        return path

    return write


@pytest.fixture
def product_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "product.toml"
        path.write_text('name = "A proxy"\n' + text, encoding="utf-8")
        return path

    return write


def _signal(kind: str = "signals", **changes: str | None) -> str:
    values: dict[str, str | None] = {
        "where": "body",
        "match": "contains",
        "pattern": "made by A",
        "confidence": "high",
        "source": "seen",
        "example": "made by A",
        "counterexample": "made by B",
        **changes,
    }
    return f"[[{kind}]]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items() if value is not None)


def test_every_cause_has_its_text_in_the_order_of_the_codes() -> None:
    assert tuple(load_knowledge().causes) == get_args(CauseCode)


def test_titles_stand_alone_in_a_line() -> None:
    for text in load_knowledge().causes.values():
        assert text.title[0].isupper(), text.title
        assert len(text.title) <= 80, text.title
        assert not text.title.endswith("."), text.title
        assert "{" not in text.title, text.title


def test_explanations_are_one_paragraph_of_few_sentences() -> None:
    for text in load_knowledge().causes.values():
        assert "\n" not in text.explanation, text.code
        assert "  " not in text.explanation, text.code
        assert text.explanation.endswith("."), text.code
        assert 100 <= len(text.explanation) <= 420, (text.code, len(text.explanation))


def test_whatever_is_not_mere_information_says_what_to_change() -> None:
    causes = load_knowledge().causes
    assert {code for code, text in causes.items() if not text.remedies} == _INFORMATION
    for text in causes.values():
        assert all(remedy.text.endswith(".") for remedy in text.remedies), text.code
        assert all((remedy.product is None) is (remedy.proved is None) for remedy in text.remedies), text.code


def test_products_have_unique_names_and_remedies_once_per_text() -> None:
    products = load_knowledge().products
    assert len({product.name for product in products}) == len(products)
    for product in products:
        said = [(remedy.cause, remedy.text) for remedy in product.remedies]
        assert len(set(said)) == len(said), product.name


def test_loading_is_quick() -> None:
    load_knowledge()
    before = time.process_time()
    load_knowledge()
    assert time.process_time() - before < _CPU_LIMIT_S


def test_a_missing_cause_is_named_where_it_is_needed(causes_file: Callable[[str, str], Path], causes_text: str) -> None:
    """One that is forgotten fails the test that asks for all, and those of its own rule; not every test."""
    start = causes_text.index("\n[[cause]]\n")
    path = causes_file(causes_text[start : causes_text.index("\n[[cause]]\n", start + 1)], "")
    causes = read_causes(path)
    assert causes["proxy.refused"].title
    with pytest.raises(ConfigurationError, match=r"causes\.toml has no text for proxy\.unresolvable"):
        causes["proxy.unresolvable"]


def test_a_cause_given_twice_is_refused(causes_file: Callable[[str, str], Path]) -> None:
    path = causes_file('code = "proxy.refused"', 'code = "proxy.unresolvable"')
    with pytest.raises(ConfigurationError, match=r"'proxy\.unresolvable' is there twice"):
        read_causes(path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('code = "proxy.refused"', 'code = "proxy.refuses"', "Invalid enum value 'proxy.refuses'"),
        ('title = "Nothing listens', 'headline = "Nothing listens', "headline is unknown"),
        ("The name in {proxy} has", "The name in {prox} has", r"proxy.unresolvable: \{prox\} cannot be filled in"),
        ("The name in {proxy} has", "The name in {proxy has", "proxy.unresolvable: the template .* is malformed"),
        ("from the device's network to the proxy's", "from {port} to the proxy's", r"\{port\} cannot be filled in"),
        ('{ text = "Check the port number', '{ texte = "Check the port number', "texte is unknown"),
    ],
)
def test_a_malformed_cause_is_refused(
    causes_file: Callable[[str, str], Path], old: str, new: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_causes(causes_file(old, new))


def test_a_sound_product_is_read(product_file: Callable[[str], Path]) -> None:
    product = read_product(product_file(_signal() + _signal("authorities", where="issuer", attribute="CN")))
    assert (product.name, product.kind) == ("A proxy", "proxy")
    assert [len(product.signals), len(product.authorities)] == [1, 1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (_signal(where="issuer"), r"signal 1: .* belongs under \[\[authorities\]\]"),
        (_signal("authorities"), r"authority 1: .* belongs under \[\[signals\]\]"),
        (_signal(where="header"), "`header` is given if, and only if"),
        (_signal(header="Server"), "`header` is given if, and only if"),
        (_signal(attribute="CN"), "`attribute` is for distinguished names"),
        (_signal(pattern=None), "every match but 'present' needs a `pattern`"),
        (_signal(match="present"), "every match but 'present' needs a `pattern`"),
        (_signal(confidence="certain"), "Invalid enum value 'certain'"),
        (_signal(example=None), "missing required field `example`"),
        (_signal(weight="2"), "weight is unknown"),
        ('kind = "router"\n', "Invalid enum value 'router'"),
    ],
)
def test_a_malformed_signal_is_refused(product_file: Callable[[str], Path], text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        read_product(product_file(text))
    assert "product.toml" in str(caught.value)


def _remedy(text: str, config: str) -> str:
    return (
        '[[remedies]]\ncause = "connect.port-denied"\nsource = "manual"\nconfidence = "high"\n'
        f"text = '{text}'\nconfig = '''{config}'''\n"
    )


@pytest.mark.parametrize(
    ("text", "config", "problem"),
    [
        ("Allow {port}.", "x", r"\{port\} cannot be filled in"),
        ("Allow {ports}.", "allow {wanted}", r"\{wanted\} cannot be filled in"),
        ("Allow {ports}.", "allow {port} {host}", "for each port or for each host, not for both"),
        ("Allow {ports}.", "{ +limit-connect }", "cannot be filled in"),
        ("Allow {ports}.", "section {", "double a brace that is meant"),
    ],
)
def test_a_malformed_remedy_is_refused(
    product_file: Callable[[str], Path], text: str, config: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_product(product_file(_remedy(text, config)))


def test_a_product_named_twice_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text('name = "The same"', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="the product 'The same' is there twice"):
        read_products(tmp_path)


def test_no_products_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no product file"):
        read_products(tmp_path)
