r"""How the words of a command are written, so that a shell reads them as they were meant.

Two kinds of shell: those of POSIX, and those of Windows, where it is unknown which of two the reader has. Between
double quotes nearly all words mean themselves in every one of them; where they do not, Windows gets a line for
cmd.exe and one for PowerShell, each with its name in a comment.

- cmd.exe reads `^` as "the next character means itself" outside double quotes, `%NAME%` everywhere.
- The program itself splits its command line: `\"` is a quote, and a backslash before one is doubled (the rules of
  Microsoft's C runtime).
- PowerShell reads `$` and "`" between double quotes, nothing but a doubled quote between single ones, and takes
  typographic quotes for plain ones. Windows PowerShell 5.1, which Windows brings, hands a word on without escaping
  the quotes in it (about_Parsing, about_Quoting_Rules).
"""

import re
import shlex
from collections.abc import Sequence
from typing import Literal, TypeAlias

Shell: TypeAlias = Literal["posix", "windows"]

_BARE = re.compile(r"[A-Za-z0-9_@+:./-]+\Z")
_QUOTABLE = re.compile(r"[^\"$`!\\]*(\\[^\"$`!\\]+)*\Z")
"""Means itself between double quotes both in a POSIX shell and in cmd.exe."""
_WINDOWS_BARE = re.compile(r"[A-Za-z0-9_+:./\\-][A-Za-z0-9_@+:./\\-]*\Z")
_WINDOWS_QUOTABLE = re.compile('[^"$`\u201c\u201d\u201e\u0000-\u001f]*[^"$`\u201c\u201d\u201e\\\\\u0000-\u001f]\\Z')
_CMD_SPECIAL = re.compile(r'([()%!^"<>&|])')
_POWERSHELL_QUOTE = re.compile("(['\u2018\u2019\u201a\u201b])")
_BEFORE_QUOTE = re.compile(r'(\\*)("|\Z)')


def shell_of(platform: str) -> Shell:
    """The kind of shell of `sys.platform`, or of a report's `tool.platform`, which ends with it in brackets."""
    return "windows" if platform == "win32" or platform.endswith("(win32)") else "posix"


def command_lines(words: Sequence[str], shell: Shell) -> tuple[str, ...]:
    """The command of these words: one line, or two where the shells of Windows have no common way to write it."""
    if shell == "posix":
        return (" ".join(map(quote, words)),)
    common = [_windows_word(word) for word in words]
    if None not in common:
        return (" ".join(word for word in common if word is not None),)
    for_cmd = " ".join(map(_cmd_word, words))
    for_powershell = " ".join(map(powershell_word, words))
    return (f"{for_cmd} & rem cmd.exe", f"{for_powershell} # PowerShell")


def quote(argument: str) -> str:
    """`argument` as one word: bare, in double quotes where all kinds of shell read them alike, else as a POSIX shell
    wants it."""
    if _BARE.match(argument):
        return argument
    if _QUOTABLE.match(argument):
        return f'"{argument}"'
    return shlex.quote(argument)


def _windows_word(word: str) -> str | None:
    """The word as both cmd.exe and PowerShell read it; None where they differ."""
    if _WINDOWS_BARE.match(word):
        return word
    return f'"{word}"' if _WINDOWS_QUOTABLE.match(word) and word.count("%") <= 1 else None


def _cmd_word(word: str) -> str:
    """With `^` before everything special, the quotes of the C runtime among it, so that cmd.exe itself sees none."""
    if _WINDOWS_BARE.match(word):
        return word
    quoted = _BEFORE_QUOTE.sub(lambda found: found[1] * 2 + ('\\"' if found[2] else ""), word)
    return _CMD_SPECIAL.sub(r"^\1", f'"{quoted}"')


def powershell_word(word: str) -> str:
    """In single quotes, and with the escapes that PowerShell 5.1 leaves to whoever writes the word: it puts quotes
    around one with a space, and nothing else."""
    if _WINDOWS_BARE.match(word):
        return word
    escaped = _BEFORE_QUOTE.sub(lambda found: found[1] * 2 + '\\"' if found[2] else found[1], word)
    if re.search(r"\s", word):
        escaped += "\\" * (len(escaped) - len(escaped.rstrip("\\")))
    return powershell_text(escaped)


def powershell_text(text: str) -> str:
    """A text that stays in PowerShell, in single quotes: nothing means anything between them but the quotes, among
    which it counts curly ones."""
    return "'" + _POWERSHELL_QUOTE.sub(r"\1\1", text) + "'"
