"""Results are written whole or not at all, and a reader that leaves early is no error."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from proxycheck.cli.output import OutputFile, console_for
from proxycheck.errors import ConfigurationError
from proxycheck.report.json import decode, encode
from tests.cli.conftest import CHECK, Invoke, Runner
from tests.report import factory

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX devices and permissions")


def test_json_goes_to_the_file_and_the_page_to_the_terminal(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    outcome = invoke(*CHECK, "--json", str(tmp_path / "report.json"))
    assert decode((tmp_path / "report.json").read_bytes()) == runner.report
    assert outcome.stdout.startswith("COMPATIBLE")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_json_on_standard_output_is_alone_there(invoke: Invoke, runner: Runner) -> None:
    outcome = invoke(*CHECK, "--json", "-")
    assert decode(outcome.stdout.encode()) == runner.report
    assert outcome.stderr.startswith("COMPATIBLE")
    assert len(outcome.stderr.splitlines()) == 1


def test_quiet_with_json_on_standard_output_says_nothing_else(invoke: Invoke, runner: Runner) -> None:
    runner.report = factory.port_denied()
    outcome = invoke(*CHECK, "--json", "-", "--quiet")
    assert json.loads(outcome.stdout)["verdict"] == "incompatible"
    assert (outcome.code, outcome.stderr) == (1, "")


def test_the_catalogue_entry_as_json(invoke: Invoke) -> None:
    assert json.loads(invoke("devices", "sendpro-c", "--json", "-").stdout)["name"] == "sendpro-c"
    assert {"connectplus", "sendpro-c"} <= {
        each["name"] for each in json.loads(invoke("devices", "--json", "-").stdout)
    }
    assert "sendpro-c" in invoke("devices").stdout
    assert "distservp1.pb.com" in invoke("devices", "sendpro-c").stdout


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old and much longer")
    OutputFile(str(target), "--json").write(b"new")
    assert target.read_bytes() == b"new"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    file = OutputFile(str(target), "--json")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigurationError, match=r"report\.json cannot be written: No space left on device"):
        file.write(b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_page_is_shown_even_where_the_file_cannot_be_written(
    invoke: Invoke, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    outcome = invoke(*CHECK, "--json", str(tmp_path / "report.json"))
    assert runner.plans
    assert outcome.code == 2
    assert outcome.stdout.startswith("COMPATIBLE")
    assert "No space left" in outcome.stderr


@POSIX
def test_links_devices_and_permissions_are_respected(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(b"old")
    (tmp_path / "link.json").symlink_to(real)
    OutputFile(str(tmp_path / "link.json"), "--json").write(b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert real.read_bytes() == b"new"
    OutputFile("/dev/null", "--json").write(b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
        assert OutputFile(str(tmp_path / "pipe"), "--json").standard is False


@POSIX
def test_an_old_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    target.chmod(0o600)
    OutputFile(str(target), "--json").write(b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@POSIX
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        OutputFile(str(tmp_path / "report.json"), "--json").write(b"new")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o640


def _program(*words: str, **options: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "proxycheck", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **{name: str(value) for name, value in options.items()}},
    )


@pytest.mark.parametrize("words", [(), ("--json", "-")])
@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    report = factory.port_denied()
    many = tuple(factory.endpoint(f"h{number}.example", 443, "fail", reason=str(number)) for number in range(9000))
    (tmp_path / "r.json").write_bytes(encode(factory.report("incompatible", (*report.endpoints, *many))))
    with _program("report", str(tmp_path / "r.json"), "--verbose", *words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait() == 1
    assert b"Traceback" not in errors
    assert b"BrokenPipe" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(encode(factory.compatible()))
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "proxycheck", "report", str(tmp_path / "r.json")],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.decode() == "proxycheck: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_encoding_without_the_letters_is_no_error(tmp_path: Path, encoding: str) -> None:
    found = factory.cause(title="\u65e5\u672c \u2013 \xe9")
    (tmp_path / "r.json").write_bytes(encode(factory.report("incompatible", (), (found,))))
    with _program("report", str(tmp_path / "r.json"), PYTHONIOENCODING=encoding) as process:
        output, errors = process.communicate()
        assert (process.returncode, errors) == (1, b"")
    assert b"\\u65e5\\u672c" in output


class _Terminal:
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def test_colours_only_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal: object = _Terminal()
    assert console_for(terminal, no_color=False).color_system is not None  # type: ignore[arg-type]
    assert console_for(terminal, no_color=True).color_system is None  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert console_for(terminal, no_color=False).color_system is None  # type: ignore[arg-type]


@pytest.mark.usefixtures("runner")
def test_every_form_is_written_and_the_last_lines_say_which_how_large_and_for_whom(
    invoke: Invoke, tmp_path: Path
) -> None:
    names = {form: tmp_path / f"r.{form}" for form in ("json", "html", "markdown", "junit", "bundle")}
    options = [word for form, file in names.items() for word in (f"--{form}", str(file))]
    outcome = invoke(*CHECK, *options)
    assert outcome.code == 0
    last = outcome.stdout[outcome.stdout.index("Written\n") :]
    for form, file in names.items():
        assert str(file) in last, form
    assert "send this to Pitney Bowes" in last
    assert hashlib.sha256(names["json"].read_bytes()).hexdigest() in last
    for form in ("json", "html", "bundle"):
        assert invoke("report", str(names[form]), "--json", "-").stdout.encode() == names["json"].read_bytes()
    assert invoke(*CHECK, *options).code == 0, "what we wrote is replaced"


def test_what_somebody_else_wrote_is_not_replaced_without_force(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    file = tmp_path / "notes.html"
    file.write_text("<h1>mine</h1>")
    for form in ("json", "html", "markdown", "junit", "bundle"):
        told = invoke(*CHECK, f"--{form}", str(file))
        assert (told.code, runner.plans) == (2, [])
        assert "holds something else than --" in told.stderr
    assert file.read_text() == "<h1>mine</h1>"
    assert invoke(*CHECK, "--html", str(file), "--force").code == 0
    assert b"proxycheck" in file.read_bytes()


@pytest.mark.parametrize(
    "words", [("devices",), ("devices", "sendpro-c"), ("lab", "list"), ("lab", "list", "squid"), ("lab", "list", "-")]
)
def test_lists_as_json_replace_earlier_ones_and_nobody_else_s(
    invoke: Invoke, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "list.json"
    assert invoke(*words, "--json", str(file)).code == 0
    written = file.read_bytes()
    file.write_bytes(written.rstrip())
    assert invoke(*words, "--json", str(file)).code == 0
    assert file.read_bytes() == written
    file.write_text('{"name": "mine"}')
    told = invoke(*words, "--json", str(file))
    assert (told.code, file.read_text()) == (2, '{"name": "mine"}')
    assert "holds something else than --" in told.stderr
    assert invoke(*words, "--json", str(file), "--force").code == 0
    assert file.read_bytes() == written


def test_what_another_command_wrote_is_not_said_to_be_a_stranger_s(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(encode(factory.compatible()))
    told = invoke("devices", "--json", str(file))
    assert (told.code, decode(file.read_bytes())) == (2, factory.compatible())
    assert told.stderr == (
        f"proxycheck: {file} is there already and holds something else than --json writes here; "
        "write --json with another name, or add --force to replace it\n"
    )


@pytest.mark.usefixtures("runner")
def test_an_empty_list_is_nobody_s(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    assert invoke("lab", "list", "no-such-scenario", "--json", str(file)).code == 0
    assert json.loads(file.read_bytes()) == []
    assert invoke("lab", "list", "--json", str(file)).code == 0
    assert len(json.loads(file.read_bytes())) > 100


@pytest.mark.parametrize("words", [CHECK, ("report", "nothing.json"), (*CHECK, "--format", "nagios")])
def test_where_no_file_is_written_nothing_could_be_masked(
    invoke: Invoke, runner: Runner, words: tuple[str, ...]
) -> None:
    told = invoke(*words, "--mask")
    assert (told.code, runner.plans) == (3 if "nagios" in words else 2, [])
    assert "--mask is for files, and none is written" in told.stdout + told.stderr


def test_only_one_file_can_be_standard_output(invoke: Invoke, runner: Runner) -> None:
    told = invoke(*CHECK, "--json", "-", "--markdown", "-")
    assert (told.code, runner.plans) == (2, [])
    assert invoke(*CHECK, "--markdown", "-").stdout.startswith("## COMPATIBLE")


@pytest.mark.usefixtures("runner")
def test_masked_files_name_nobody(invoke: Invoke, tmp_path: Path) -> None:
    told = invoke(*CHECK, "--bundle", str(tmp_path / "m.zip"), "--json", str(tmp_path / "m.json"), "--mask")
    assert told.code == 0
    assert b"alice" not in (tmp_path / "m.json").read_bytes()
    assert b"are replaced by stand-ins" in (tmp_path / "m.zip").read_bytes()
    assert "alice" in told.stdout
