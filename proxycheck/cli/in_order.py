"""A group of commands that lists them as a person needs them."""

import click

_WHOLE = 10_000
"""Characters of a summary: none is cut."""


class InOrder(click.Group):
    """Lists its commands in the order in which they were added: the main job first."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's
        """The names, as added."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes each command with its first sentence, whole."""
        found = [(name, command) for name in self.list_commands(ctx) if (command := self.get_command(ctx, name))]
        listed = [(name, command.get_short_help_str(_WHOLE)) for name, command in found]
        if listed:
            with formatter.section("Commands"):
                formatter.write_dl(listed)
