"""Writes metrics in the text format that Prometheus reads (version 0.0.4), a family after the other.

A renderer gives families; this module knows how they are spelt: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from proxycheck.model.text import printable

_LONGEST = 1000
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(Struct, frozen=True):
    """One value of a family, under the labels that tell it from the others."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Family(Struct, frozen=True):
    """Every value of one gauge, and the sentence that explains it."""

    name: str
    text: str
    samples: tuple[Sample, ...]


def gauge(name: str, text: str, value: float, **labels: str) -> Family:
    """A family of one value."""
    return Family(name, text, (Sample(value, tuple(labels.items())),))


def write_exposition(families: Iterable[Family], labels: Mapping[str, str] | None = None) -> str:
    """Writes `families` as text; every value carries `labels` besides its own. A family without a value is left out."""
    common = dict(labels or {})
    lines: list[str] = []
    for family in families:
        if family.samples:
            lines += [f"# HELP {family.name} {_escape(family.text)}", f"# TYPE {family.name} gauge"]
            lines += [_line(family.name, common | dict(sample.labels), sample.value) for sample in family.samples]
    return "".join(f"{line}\n" for line in lines)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{label}="{_escape(text, quoted=True)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def _number(value: float) -> str:
    """Whole numbers without a fraction: `1` and not `1.0`, and no exponent that would hide the digits of a time."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _escape(text: str, *, quoted: bool = False) -> str:
    """Besides what the format wants: nothing that would steer the terminal of somebody who looks at the file."""
    visible = "\n".join(printable(line, _LONGEST) for line in text.split("\n"))
    escaped = visible.replace("\\", r"\\").replace("\n", r"\n")
    return escaped.replace('"', r"\"") if quoted else escaped
