"""Words: what others wrote, made safe to show, and counts as they stand in a sentence."""


def counted(number: int, noun: str) -> str:
    """`1 host`, `2 hosts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def all_of(number: int, noun: str) -> str:
    """`the only host`, `both hosts`, `all 3 hosts`."""
    return f"the only {noun}" if number == 1 else f"both {noun}s" if number == 2 else f"all {number} {noun}s"


def were(number: int, noun: str) -> str:
    """`1 host was`, `2 hosts were`."""
    return f"{counted(number, noun)} {was(number)}"


def was(number: int) -> str:
    """The verb after a count."""
    return "was" if number == 1 else "were"


def printable(text: str, limit: int) -> str:
    """`text` with every character that is not plainly visible (or a space) as a backslash escape, and cut to
    `limit` characters of the original, followed by the number of those left out.

    Controls, escape sequences, line ends, bidirectional and zero-width characters are all escaped."""
    shown = text[:limit]
    if not shown.isprintable():
        shown = "".join(map(_visible, shown))
    left_out = len(text) - limit
    return f"{shown}... ({left_out} more)" if left_out > 0 else shown


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
