"""The words of a command come back from every shell as they went in; each shell is read here by its own rules."""

import re
import shlex
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxycheck.wire.command_line import command_lines, quote, shell_of


def _program_reads(line: str) -> list[str]:
    """Splits a command line as Microsoft's C runtime does."""
    words, word, quoted, place = list[str](), None, False, 0
    while place < len(line):
        if line[place] in " \t" and not quoted:
            words += [] if word is None else [word]
            word = None
            place += 1
            continue
        run = re.compile(r'(\\*)("?)').match(line, place)
        assert run is not None
        slashes, quote_mark = run[1], run[2]
        if quote_mark and len(slashes) % 2:
            word = (word or "") + slashes[: len(slashes) // 2] + '"'
        elif quote_mark:
            word = (word or "") + slashes[: len(slashes) // 2]
            quoted = not quoted
        elif slashes:
            word = (word or "") + slashes
        else:
            word = (word or "") + line[place]
            place += 1
        place = max(place, run.end())
    return words + ([] if word is None else [word])


def _cmd_reads(line: str) -> list[str]:
    """What a program gets from cmd.exe, to which the line is typed: `^`, quotes, and the end at `&`."""
    assert not re.search(r"%[A-Za-z0-9_]+%", line), "the value of a variable would stand there"
    handed, quoted, place = "", False, 0
    while place < len(line):
        letter = line[place]
        if letter == "^" and not quoted:
            place += 1
            handed += line[place]
        elif letter in "&|<>" and not quoted:
            assert line[place:] == "& rem cmd.exe"
            break
        else:
            quoted ^= letter == '"'
            handed += letter
        place += 1
    return _program_reads(handed)


_QUOTES = "'\u2018\u2019\u201a\u201b"
_POWERSHELL_WORD = re.compile(
    rf"(?P<single>[{_QUOTES}](?:[^{_QUOTES}]|[{_QUOTES}]{{2}})*[{_QUOTES}])|"
    '(?P<double>"[^"`$\u201c\u201d\u201e]*")|(?P<comment># PowerShell$)|(?P<bare>[A-Za-z0-9_+:./\\\\-][^\\s]*)'
)


def _powershell_reads(line: str) -> list[str]:
    """What a program gets from Windows PowerShell 5.1: words with spaces in quotes, and no escapes."""
    handed = []
    for found in _POWERSHELL_WORD.finditer(line):
        if found["single"] is not None:
            handed.append(re.sub(rf"([{_QUOTES}])[{_QUOTES}]", r"\1", found["single"][1:-1]))
        elif found["double"] is not None:
            handed.append(found["double"][1:-1])
        elif found["bare"] is not None:
            assert not set(found["bare"]) & set("$`\"'(){};,|&<>")
            handed.append(found["bare"])
    return _program_reads(" ".join(f'"{word}"' if re.search(r"\s", word) else word for word in handed))


_ANY = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=20)
_ODD = st.text("ab %\"$`\\'^&|<>()!;,#@\u2019\u201d{}[]~=", min_size=1, max_size=10)


@given(_ANY | _ODD)
@example("a\\b c")
@example("%PATH%")
@example('say "no"\\')
def test_on_windows_every_word_arrives(word: str) -> None:
    words = ["curl.exe", "--proxy-user", word, "https://www.example.com/"]
    lines = command_lines(words, "windows")
    for_cmd, for_powershell = lines if len(lines) > 1 else (lines[0], lines[0])
    assert _cmd_reads(for_cmd) == words
    assert _powershell_reads(for_powershell) == words


@given(st.text(string.ascii_letters + string.digits + " &|<>^()@:/=;,'[]{}*?~#-_+.\u00e9", min_size=1, max_size=20))
def test_most_words_need_one_line_for_both(word: str) -> None:
    assert len(command_lines(["curl.exe", word], "windows")) == 1


@given(_ANY | _ODD)
def test_every_word_is_one_word_for_a_posix_shell(word: str) -> None:
    assert shlex.split(quote(word)) == [word]
    assert shlex.split(command_lines(["a", word], "posix")[0]) == ["a", word]


def test_where_the_shells_differ_each_line_names_its_shell() -> None:
    assert command_lines(["curl.exe", "--proxy-user", "a$b"], "windows") == (
        'curl.exe --proxy-user ^"a$b^" & rem cmd.exe',
        "curl.exe --proxy-user 'a$b' # PowerShell",
    )


@pytest.mark.parametrize(
    ("platform", "shell"),
    [
        ("win32", "windows"),
        ("Windows 10 (win32)", "windows"),
        ("linux", "posix"),
        ("Darwin 23.1 (darwin)", "posix"),
        ("", "posix"),
    ],
)
def test_the_shell_is_that_of_the_platform(platform: str, shell: str) -> None:
    assert shell_of(platform) == shell
