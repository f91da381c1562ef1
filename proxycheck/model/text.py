"""Text that others wrote, made safe to show: whatever could steer a terminal or hide itself is escaped."""


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
