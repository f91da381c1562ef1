"""Regular expressions that many runs never ask: each is compiled when it is asked for the first time."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import AnyStr, Generic


class Pattern(Generic[AnyStr]):
    """A regular expression as `re.compile(pattern, flags)` makes it, with the methods that are asked for here. One that
    is wrong raises re.error when it is asked, not when it is made."""

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        self.source: AnyStr = pattern
        self.flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[AnyStr]:
        return re.compile(self.source, self.flags)

    def search(self, text: AnyStr) -> re.Match[AnyStr] | None:
        """The first place in `text` where it matches."""
        return self._compiled.search(text)

    def match(self, text: AnyStr, start: int = 0) -> re.Match[AnyStr] | None:
        """Whether it matches at `start`."""
        return self._compiled.match(text, start)

    def fullmatch(self, text: AnyStr, start: int, end: int) -> re.Match[AnyStr] | None:
        """Whether it matches what stands from `start` to `end`."""
        return self._compiled.fullmatch(text, start, end)

    def finditer(self, text: AnyStr) -> Iterator[re.Match[AnyStr]]:
        """Every place where it matches."""
        return self._compiled.finditer(text)

    def sub(self, by: AnyStr | Callable[[re.Match[AnyStr]], AnyStr], text: AnyStr) -> AnyStr:
        """`text` with something else in every such place."""
        return self._compiled.sub(by, text)
