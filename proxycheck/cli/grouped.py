"""Help in groups: what a newcomer needs first, with two examples; what an expert may want last."""

from collections.abc import Mapping, Sequence
from typing import Any

import click


class GroupedCommand(click.Command):
    """A command whose options are listed in groups; an option that no group names stands in the last one."""

    def __init__(
        self,
        *arguments: Any,
        groups: Mapping[str, Sequence[str]] | None = None,
        examples: Sequence[str] = (),
        **rest: Any,
    ) -> None:
        super().__init__(*arguments, **rest)
        self._groups = groups or {}
        self._examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the groups in their order."""
        if not self._groups:
            super().format_options(ctx, formatter)
            return
        records = {
            name: record
            for each in self.get_params(ctx)
            if (record := each.get_help_record(ctx)) and (name := each.name)
        }
        named = {name for names in self._groups.values() for name in names}
        titles = list(self._groups)
        for title, names in self._groups.items():
            chosen = [name for name in names if name in records]
            if title == titles[-1]:
                chosen += [name for name in records if name not in named]
            if chosen:
                with formatter.section(title):
                    formatter.write_dl([records[name] for name in chosen])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples, unwrapped: they are for copying."""
        super().format_epilog(ctx, formatter)
        if self._examples:
            with formatter.section("Examples"):
                for line in self._examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
