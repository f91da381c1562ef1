"""Names of files on the command line: none is empty, no two outputs share one, and a shell completes each."""

import itertools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from proxycheck.cli.output import STANDARD
from proxycheck.errors import UsageError

_ENDING = ".toml"


if TYPE_CHECKING:
    _Type = click.ParamType[Any, Any]
else:
    _Type = click.ParamType  # which takes no type arguments where click is older


class FileName(_Type):
    """A file to read, or anything else that may be written in its place, such as a URL; `-` where the command takes
    that."""

    name = "file"
    _completion = "file"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name as it is. Raises click.UsageError for an empty one."""
        if value == "":
            raise click.UsageError(_empty(param), ctx)
        return value

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  click's
        param: click.Parameter,  # noqa: ARG002  the same
        incomplete: str,
    ) -> list[CompletionItem]:
        """Leaves it to the shell, which knows its files."""
        return [CompletionItem(incomplete, type=self._completion)]


class FilePath(FileName):
    """A file to read, as a path."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises click.UsageError for an empty one."""
        return Path(super().convert(value, param, ctx))


class FolderPath(FilePath):
    """A folder to write to."""

    name = "directory"
    _completion = "dir"


class OutputName(FileName):
    """A file to write; `-` is standard output. Each output of a command goes to a file of its own."""


class NameOrFile(FileName):
    """A name of the catalogue, or the path of a .toml file in its place."""

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self._names = names

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,
        incomplete: str,
    ) -> list[CompletionItem]:
        """The names and the .toml files that begin so; where there is none, whatever the shell finds."""
        names = [name for name in self._names() if name.startswith(incomplete)]
        found = [CompletionItem(name) for name in (*names, *_files(incomplete))]
        return found or super().shell_complete(ctx, param, incomplete)


def device_or_file() -> NameOrFile:
    """A device: a name of the catalogue, or a device file."""

    def names() -> Iterable[str]:
        from proxycheck.catalogue.devices import device_names, profile_names

        return (*device_names(), *profile_names())

    return NameOrFile(names)


def scenario_or_file() -> NameOrFile:
    """A scenario: a name of the library, or a scenario file."""

    def names() -> Iterable[str]:
        from proxycheck.catalogue.scenarios import scenario_names

        return scenario_names()

    return NameOrFile(names)


def refuse_shared_outputs(context: click.Context) -> None:
    """Raises UsageError where two outputs of the command would go to one file, or both to standard output: only one
    would be left, or nobody could tell them apart."""
    parameters = (each for each in context.command.params if isinstance(each.type, OutputName) and each.name)
    named = [(each, str(value)) for each in parameters if (value := context.params.get(each.name or "")) is not None]
    for (first, one), (second, other) in itertools.combinations(named, 2):
        if one == other == STANDARD:
            raise UsageError(
                f"{_shown(first)} and {_shown(second)} both go to standard output (-); name a file for one of them"
            )
        if _same_file(one, other):
            raise UsageError(
                f"{_shown(first)} and {_shown(second)} name the same file, {other}; give each a name of its own"
            )


def _same_file(one: str, other: str) -> bool:
    """Whether what is written to one would be lost to the other: a terminal or the null device loses nothing."""
    if STANDARD in (one, other):
        return False
    first, second = Path(one), Path(other)
    if first.exists() and second.exists():
        return first.is_file() and first.samefile(second)
    return os.path.normcase(first.resolve()) == os.path.normcase(second.resolve())


def _files(beginning: str) -> Iterable[str]:
    """The .toml files whose paths begin so, written as their beginning is."""
    folder, _, start = beginning.rpartition("/")
    where = Path(f"{folder}/" if folder or beginning.startswith("/") else ".")
    before = beginning.removesuffix(start)
    if not where.is_dir():
        return []
    return [
        f"{before}{path.name}"
        for path in sorted(where.glob(f"*{_ENDING}"))
        if path.name.startswith(start) and path.is_file()
    ]


def _empty(parameter: click.Parameter | None) -> str:
    """What is wrong with an empty name, and what to write."""
    wanted = "FILE" if parameter is None or parameter.metavar is None else parameter.metavar.strip("[].")
    if isinstance(parameter, click.Option):
        return f"the name after {_shown(parameter)} is empty; write {_shown(parameter)} {wanted}"
    return f"there is an empty name where {wanted} belongs; write the name itself"


def _shown(parameter: click.Parameter) -> str:
    """An option as its long name."""
    return max(parameter.opts, key=len)
