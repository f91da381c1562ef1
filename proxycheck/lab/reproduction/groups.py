"""Measured targets put together that were answered alike, the most common answer last and for all that is left."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from msgspec import structs

from proxycheck.lab.reproduction.targets import Selector, names_of, selectors
from proxycheck.model.target import Target

T = TypeVar("T")


class Groups(Generic[T]):
    """What each target did, by a key that says whether two did the same."""

    def __init__(self) -> None:
        self._members: dict[Hashable, list[Target]] = {}
        self._first: dict[Hashable, T] = {}

    def add(self, target: Target, what: T, key: Hashable) -> None:
        """One target; of those that did the same, the first is quoted."""
        self._members.setdefault(key, []).append(target)
        self._first.setdefault(key, what)

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> Mapping[Hashable, list[Target]]:
        """The targets of each key."""
        return self._members

    def of(self, key: Hashable) -> T:
        """What the targets of a key did."""
        return self._first[key]

    def with_default(self, default: Hashable | None = None) -> Iterable[tuple[Selector, T]]:
        """Each group's selectors, and last the default group (without one, the largest) for everything else."""
        if not self._members:
            return
        last = default if default in self._members else max(self._members, key=lambda key: len(self._members[key]))
        measured = [target for members in self._members.values() for target in members]
        for key, members in self._members.items():
            if key != last:
                for selector in selectors(members, measured):
                    yield _named(selector, members), self._first[key]
        everything = "all" if len(self._members) == 1 else "the other"
        yield Selector(origin=_counted(everything, self._members[last])), self._first[last]

    def against(self, others: Iterable[Target]) -> Iterable[tuple[Selector, T]]:
        """Each group's selectors, none of which matches one of the others."""
        measured = [*others, *(target for members in self._members.values() for target in members)]
        for key, members in self._members.items():
            for selector in selectors(members, measured):
                yield _named(selector, members), self._first[key]


def _named(selector: Selector, members: list[Target]) -> Selector:
    """The selector with the members that it stands for; one that stands for all tells how many."""
    if selector.hosts or selector.ports:
        return structs.replace(selector, origin=names_of(filter(selector.matches, members)))
    return structs.replace(selector, origin=_counted("all", members))


def _counted(which: str, members: list[Target]) -> str:
    return names_of(members) if len(members) == 1 else f"{which} {len(members)} endpoints"
