"""What products take as an allow-list: `fixtures/allowlists.toml`."""

from pathlib import Path
from typing import get_args

from msgspec import Struct

from proxycheck import resources
from proxycheck.catalogue import toml
from proxycheck.errors import ConfigurationError
from proxycheck.model.cause import CauseCode
from proxycheck.model.files.allowlist import (
    AllowlistFormat,
    Allowlists,
    Exemption,
    ExemptionKind,
    FormatName,
    Purpose,
)


class _Answer(Struct, forbid_unknown_fields=True):
    purpose: Purpose
    causes: frozenset[CauseCode]


class _File(Struct, forbid_unknown_fields=True):
    answer: tuple[_Answer, ...]
    exemption: tuple[Exemption, ...]
    format: tuple[AllowlistFormat, ...]


def load_allowlists() -> Allowlists:
    """Every format, in the order of the file. Raises ConfigurationError as `read_allowlists` does."""
    return read_allowlists(resources.fixtures() / "allowlists.toml")


def read_allowlists(path: Path) -> Allowlists:
    """The formats that the file `path` describes.

    Raises ConfigurationError, naming the file, for a format or a purpose that is missing or there twice, and for
    whatever does not fit the types."""
    content = toml.load(path, _File)
    formats = {each.name: each for each in content.format}
    answers = {each.purpose: each.causes for each in content.answer}
    _refuse(path, "[[format]]", [each.name for each in content.format], get_args(FormatName))
    _refuse(path, "[[answer]]", [each.purpose for each in content.answer], get_args(Purpose))
    for each in content.format:
        purposes = [place.purpose for place in each.places]
        if not purposes or len(set(purposes)) < len(purposes):
            raise ConfigurationError(
                f"{path} does not fit: {each.name} needs one place for each purpose that it serves"
            )
    _refuse(path, "[[exemption]]", [each.kind for each in content.exemption], get_args(ExemptionKind))
    for exemption in content.exemption:
        if exemption.causes & answers[exemption.purpose]:
            raise ConfigurationError(
                f"{path} does not fit: a cause of the exemption {exemption.kind} has an [[answer]] too"
            )
    return Allowlists(formats=formats, answers=answers, exemptions=content.exemption)


def _refuse(path: Path, table: str, names: list[str], due: tuple[str, ...]) -> None:
    for name in due:
        if names.count(name) != 1:
            raise ConfigurationError(f"{path} does not fit: expected one {table} for {name}, got {names.count(name)}")
