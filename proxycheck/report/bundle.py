"""Everything about one run in one file, to send on: the JSON, the page, the texts, and a list of what is in it."""

import io
import zipfile
from datetime import datetime

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.model.text import printable
from proxycheck.report.embedded import sha256
from proxycheck.report.html.page import page
from proxycheck.report.json import MAXIMUM_BYTES, encode
from proxycheck.report.markdown import markdown
from proxycheck.report.reading.facts import moment
from proxycheck.report.reading.headline import headline
from proxycheck.report.terminal.report import as_text
from proxycheck.report.texts import texts

CONTENTS, REPORT = "contents.txt", "report.json"
MARK = b"Bundle of proxycheck"
"""How its list of contents begins, which stands first and uncompressed: so a bundle is known without opening it."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_SHOWN_COLUMNS = 100
_LONGEST_LINE = 1000


def bundle(report: Report, *, masked: bool = False) -> bytes:
    """The zip. Two bundles of one report are the same bytes. `masked` says so in the list of contents."""
    files = {
        REPORT: encode(report),
        "report.html": page(report),
        "report.txt": as_text(report, _SHOWN_COLUMNS).encode("utf-8", "backslashreplace"),
        "report.md": markdown(report),
    }
    written = io.BytesIO()
    stamp = _stamp(report.run.started_at)
    with zipfile.ZipFile(written, "w") as archive:
        contents = _contents(report, files, masked=masked).encode("utf-8", "backslashreplace")
        archive.writestr(zipfile.ZipInfo(CONTENTS, stamp), contents, zipfile.ZIP_STORED)
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), data, zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def is_bundle(data: bytes) -> bool:
    """Whether this is a zip."""
    return data[:4] == b"PK\x03\x04"


def report_in(data: bytes) -> bytes:
    """The JSON in a bundle; no more than `MAXIMUM_BYTES` and one of it.

    Raises ConfigurationError for a zip that is no bundle, or a damaged one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(REPORT) as file:
            return file.read(MAXIMUM_BYTES + 1)
    except KeyError:
        raise ConfigurationError(f"the zip holds no {REPORT}, so it is no bundle of proxycheck") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise ConfigurationError("the bundle is damaged; ask for it again") from error


def _contents(report: Report, files: dict[str, bytes], *, masked: bool) -> str:
    words = texts().bundle
    line = headline(report)
    lines = [
        f"{MARK.decode()} {report.tool.version}: {report.device.title}",
        "",
        f"{line.label}: {line.sentence}",
        words.made.format(id=report.run.id, when=moment(report.run.started_at)),
        "",
    ]
    for name, data in files.items():
        lines += [f"{name}  {words.size.format(size=len(data))}  SHA-256 {sha256(data)}", f"    {words.files[name]}"]
    lines += ["", words.masked if masked else words.unmasked, words.never, ""]
    return "\n".join(printable(line, _LONGEST_LINE) for line in lines)


def _stamp(started: str) -> tuple[int, int, int, int, int, int]:
    try:
        at = datetime.fromisoformat(started)
    except ValueError:
        return _EARLIEST
    return max(_EARLIEST, (at.year, at.month, at.day, at.hour, at.minute, at.second)) if at.year < 2100 else _EARLIEST
