"""A page of terminal text: wrapped lines, built without a terminal and printed in one go.

Every string passes through `printable` here and becomes a `Text`, never markup: nothing a proxy sent can
colour, move or clear the terminal, whichever section shows it. Lines carry no trailing blanks, for copying.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from proxycheck.model.text import printable

Fragment = str | tuple[str, str]
"""Text, or text and its style."""

LONGEST_FRAGMENT = 2000
"""More characters of one explanation, reason or configuration line are never shown."""

NARROWEST, WIDEST = 40, 120
"""Columns between which a page is laid out; wider lines are hard to read."""


class Page:
    """Collects the lines of one report for `console`."""

    def __init__(self, console: Console) -> None:
        self.width = max(NARROWEST, min(console.width, WIDEST))
        self.lines: list[Text] = []
        self._console = console

    def blank(self) -> None:
        """An empty line, unless the page ends with one already."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Text())

    def heading(self, text: str) -> None:
        """The title of a section, after an empty line."""
        self.blank()
        self.lines.append(_styled((text, "bold")))

    def block(self, *fragments: Fragment, label: Fragment = "", start: int = 0, indent: int = 0) -> None:
        """A paragraph of `fragments` wrapped between column `indent` and the right edge; its `label`, shorter
        than that, stands before it at column `start`."""
        prefix = Text(" " * start).append_text(_styled(label))
        room = max(20, self.width - indent)
        text = Text.assemble(*map(_styled, fragments))
        for line in text.wrap(self._console, room) if text else ():
            prefix.pad_right(max(0, indent - prefix.cell_len))
            self.lines.append(_stripped(prefix.append_text(line)))
            prefix = Text()

    def code(self, text: str, indent: int) -> None:
        """Lines to copy: indented, never wrapped."""
        for line in text.expandtabs(4).splitlines():
            self.lines.append(_stripped(Text(" " * indent).append_text(_styled((line, "cyan")))))

    def unwrapped(self, *fragments: Fragment) -> None:
        """One line however long it is, for `grep` and `head -1`."""
        self.lines.append(Text.assemble(*map(_styled, fragments)))

    def print(self) -> None:
        """Writes the page to its console at once."""
        if self.lines:
            self._console.print(Text("\n").join(self.lines), soft_wrap=True, highlight=False)


def listed(words: Sequence[str], limit: int | None) -> tuple[str, ...]:
    """`words` as fragments of a list in prose, no more than `limit` of them; None means all."""
    if limit is None or len(words) <= limit + 1:
        return tuple(f"{word}, " for word in words[:-1]) + tuple(words[-1:])
    return (*listed(words[:limit], None), f" and {len(words) - limit} more")


def _styled(fragment: Fragment) -> Text:
    text, style = (fragment, "") if isinstance(fragment, str) else fragment
    return Text(printable(text, LONGEST_FRAGMENT), style=style)


def _stripped(line: Text) -> Text:
    line.rstrip()
    return line
