"""The report as JSON, and back: the form every other program may rely on (`schema: "proxycheck.report/1"`).

The text is ASCII only. Everything else, DEL and the C1 controls included, is written as `\\uXXXX`, so that
bytes a hostile proxy sent cannot steer the terminal that shows the file. The JSON Schema comes from the
types and shipped as `fixtures/report.schema.json`; `python -m proxycheck.report.json` prints it.

Many hosts send the same certificates in every handshake: in the evidence each is named by its digest, and stands once
under `certificates`. It is written and put back piece by piece, because a device may need ten thousand hosts.
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import structs

from proxycheck import __version__
from proxycheck.errors import ConfigurationError
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.report import SCHEMA, Report
from proxycheck.model.text import printable

MAXIMUM_BYTES = 192 * 1024 * 1024
"""A larger file is not read: a report on ten thousand hosts takes half of it."""
_DIGEST = "sha256:"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n")

_LONGEST_S = 1e8
"""Three years: no run takes longer."""
_NUMBERS = re.compile(r"\d+")
_INDENTATION = re.compile(r"\n +")
_SURROGATES = re.compile(r"(\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\ud[89a-f][0-9a-f]{2}")
"""An escaped backslash, a pair of surrogates, or one alone, in JSON that is ASCII."""


_SCHEMA_FAMILY, _, _SCHEMA_NUMBER = SCHEMA.rpartition("/")


class _Maker(msgspec.Struct, frozen=True):
    version: str = ""


class _Header(msgspec.Struct):
    schema: str = ""
    tool: _Maker = _Maker()


def encode(report: Report) -> bytes:
    """The report as indented ASCII JSON in the order of the types, ending in a newline."""
    certificates: dict[str, str] = {}
    pieces = [b"{"]
    for name in report.__struct_fields__:
        value = getattr(report, name)
        if name == "evidence":
            value = _Items(_with_digests(record, certificates) for record in value)
        elif name == "endpoints":
            value = _Items(iter(value))
        elif name == "certificates":
            value = {digest: pem for pem, digest in certificates.items()}
        pieces += [b"," if len(pieces) > 1 else b"", b'\n  "', name.encode(), b'": ', *_written(value)]
    return b"".join((*pieces, b"\n}\n"))


class _Items(msgspec.Struct, frozen=True):
    """A list whose items are written one by one."""

    items: Iterator[object]


def _written(value: object) -> Iterator[bytes]:
    if not isinstance(value, _Items):
        yield _piece(value, b"  ")
        return
    begun = False
    yield b"["
    for item in value.items:
        yield b",\n    " if begun else b"\n    "
        yield _piece(item, b"    ")
        begun = True
    yield b"\n  ]" if begun else b"]"


def _piece(value: object, indent: bytes) -> bytes:
    """A value of the report in the form of the whole, as it stands so deep inside."""
    return ascii_json(msgspec.to_builtins(value)).rstrip(b"\n").replace(b"\n", b"\n" + indent)


def _with_digests(record: Evidence, certificates: dict[str, str]) -> Evidence:
    """The record with digests in the place of its certificates; `certificates` takes the digest of each."""
    if record.tls is None or not record.tls.chain:
        return record
    chain = tuple(certificates.get(pem) or _named(pem, certificates) for pem in record.tls.chain)
    return structs.replace(record, tls=structs.replace(record.tls, chain=chain))


def _named(pem: str, certificates: dict[str, str]) -> str:
    """The digest of a certificate, which `certificates` takes; what is none stays as it is."""
    found = _PEM.fullmatch(pem)
    try:
        der = base64.b64decode(found[1].replace("\n", ""), validate=True) if found is not None else None
    except ValueError:
        return pem
    if der is None:
        return pem
    certificates[pem] = _DIGEST + hashlib.sha256(der).hexdigest()
    return certificates[pem]


def _whole(report: Report) -> Report:
    """The report with its certificates where they belong. Raises ConfigurationError for one that is not in it."""
    kept = report.certificates
    evidence = tuple(
        record if record.tls is None or not record.tls.chain else _with_certificates(record, record.tls, kept)
        for record in report.evidence
    )
    return structs.replace(report, evidence=evidence, certificates={})


def _with_certificates(record: Evidence, tls: TlsEvidence, kept: dict[str, str]) -> Evidence:
    try:
        chain = tuple(kept[name] if name.startswith(_DIGEST) else name for name in tls.chain)
    except KeyError as error:
        missing = printable(str(error.args[0]), 80)
        raise ConfigurationError(f"the report names the certificate {missing} and does not hold it") from None
    return structs.replace(record, tls=structs.replace(tls, chain=chain))


def decode(data: bytes) -> Report:
    """The report in `data`: UTF-8 or, as PowerShell redirects it, UTF-16 with a byte order mark.

    Raises ConfigurationError with one sentence for whatever is not a whole report of this schema."""
    if len(data) > MAXIMUM_BYTES:
        raise ConfigurationError(f"the file is larger than {MAXIMUM_BYTES >> 20} MB; no report is that large")
    text = _text(data)
    if not text or text.isspace():
        raise ConfigurationError("the report is empty; run proxycheck check again with --json FILE")
    header = _Header()
    try:
        header = _checked_header(text)
        return _possible(_whole(msgspec.json.decode(text, type=Report)))
    except msgspec.ValidationError as error:
        newer = _newer(header.tool.version)
        raise ConfigurationError(f"{newer}the report does not fit {SCHEMA}: {printable(str(error), 300)}") from error
    except msgspec.DecodeError as error:
        raise ConfigurationError(_not_json(str(error))) from error
    except RecursionError:
        raise ConfigurationError("the file is nested too deeply to be a report of proxycheck") from None


def _possible(report: Report) -> Report:
    """The report, unless its evidence holds what no run can have recorded: it was changed by hand, or damaged."""
    for record in report.evidence:
        if any(not text.isascii() and max(text) > "\xff" for text in (record.sent, record.received)):
            raise ConfigurationError(f"the evidence {printable(record.id, 20)} of the report holds what are no bytes")
        if not all(abs(seconds) <= _LONGEST_S for seconds in (record.started_s, record.duration_s)):
            raise ConfigurationError(f"the evidence {printable(record.id, 20)} of the report holds an impossible time")
    return report


def schema() -> bytes:
    """Returns the JSON Schema (2020-12) of the report, generated from the types; what `fixtures/` ships.

    The bytes are the same with every version of msgspec and Python that the program admits."""
    generated: dict[str, object] = _independent(msgspec.json.schema(Report))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "Report of proxycheck check",
    }
    return ascii_json({**head, **generated})


def _independent(schema: Any) -> Any:
    """Returns a part of a generated schema without what differs between versions of the libraries.

    Python 3.13 takes the indentation out of docstrings; msgspec 0.22 orders alternatives differently than 0.21, and
    only msgspec 0.23 and later describe the keys of mappings."""
    if isinstance(schema, list):
        return [_independent(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: _independent(value) for key, value in schema.items() if key != "propertyNames"}
    if isinstance(parts.get("description"), str):
        parts["description"] = _INDENTATION.sub("\n", parts["description"])
    if "anyOf" in parts:
        parts["anyOf"].sort(key=json.dumps)
    return parts


def ascii_json(value: object) -> bytes:
    """Any JSON value in the same form as the report."""
    text = json.dumps(value).replace("\x7f", "\\u007f")
    if "\\ud" in text:
        text = _SURROGATES.sub(_replaced, text)
    return msgspec.json.format(text, indent=2).encode("ascii") + b"\n"


def _replaced(match: re.Match[str]) -> str:
    """What an escape becomes: a lone surrogate is no text that a strict reader takes back, so it is U+FFFD."""
    return match[1] or "\\ufffd"


def _text(data: bytes) -> str | bytes:
    """The text in `data`; what is ASCII, as every report is that no shell rewrote, stays as it is: it may be large."""
    if data.isascii():
        return data
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise ConfigurationError("the file is not text, so it is no report of proxycheck") from None


def _checked_header(text: str | bytes) -> _Header:
    """The head of a report that this version reads. Raises ConfigurationError for another."""
    try:
        header = msgspec.json.decode(text, type=_Header)
    except msgspec.ValidationError:
        header = _Header()
    if not header.schema:
        raise ConfigurationError(f"the file is JSON, but no report of proxycheck: it does not say {SCHEMA!r}")
    if header.schema != SCHEMA:
        found = printable(header.schema, 60)
        family, _, number = header.schema.rpartition("/")
        if family == _SCHEMA_FAMILY and number.isdecimal() and int(number[:9]) > int(_SCHEMA_NUMBER):
            raise ConfigurationError(
                f"a newer proxycheck wrote this report (its schema is '{found}'), and this one, {__version__}, reads "
                f"{SCHEMA!r}; install a newer proxycheck to read it"
            )
        raise ConfigurationError(f"the report has the schema '{found}'; this version reads {SCHEMA!r}")
    return header


def _newer(version: str) -> str:
    """The beginning of a sentence about a report that a newer version made; empty for every other."""
    if not _is_newer(version, __version__):
        return ""
    return f"proxycheck {printable(version, 30)} wrote this report, and this is {__version__}: install a newer one; "


def _is_newer(version: str, than: str) -> bool:
    found, own = ([int(part[:9]) for part in _NUMBERS.findall(each)] for each in (version[:60], than))
    return found > own


def _not_json(problem: str) -> str:
    if "truncated" in problem:
        return "the report ends in the middle; copy the whole file, or run the check again with --json FILE"
    return f"the file is not JSON, so it is no report of proxycheck: {printable(problem, 200)}"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema())
