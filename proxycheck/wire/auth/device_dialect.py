"""Whether the device's own parser would find `Basic` in a 407.

The grammar is that of OkHttp 2.x, the HTTP stack of Android 7.0 (its `OkHeaders.parseChallenges`, confidence
high): each header line is trimmed and read on its own as

    line    = element *( "," element )
    element = scheme 1*SP [ 1*( SP / HTAB ) ] "realm=" DQUOTE text DQUOTE *( any but "," )

and abandoned at the first element of another shape; escapes inside the realm are unknown, the case of `realm`
and of the scheme does not matter. Of what was read up to there, the first `Basic` is answered. Hence `NTLM,
Basic realm="x"` gets no answer and `Basic realm="x", NTLM` does.
"""

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.challenges import LINE_LIMIT, read_challenges

DeviceReason = Literal[
    "no-challenge",  # a 407 without any
    "basic-not-offered",  # only schemes that the device does not speak
    "comma-after-scheme",  # Basic, realm="x"
    "folded",  # continued on a second line, which the device takes for a field without a name
    "no-realm",  # Basic
    "parameter-before-realm",  # Basic charset="UTF-8", realm="x"
    "realm-spelling",  # Basic REALM="x": read by the platform, not by its older versions
    "several-schemes-on-line",  # NTLM, Basic realm="x"
    "space-around-equals",  # Basic realm = "x"
    "space-before-colon",  # Proxy-Authenticate : Basic realm="x"
    "tab-after-scheme",  # a tab and no space between scheme and realm
    "unquoted-realm",  # Basic realm=x
    "unterminated-realm",  # Basic realm="x
    "unreadable",  # none of the above
]

_ELEMENT = re.compile(r'([^ ]*+)[ \t]*+(realm)="([^"]*+)("?)[^,]*+,?[ \t]*+', re.IGNORECASE)
_TAB_ONLY = re.compile(r"basic\t+[^ \t]", re.IGNORECASE)
_TRIMMED = "".join(map(chr, range(0x21)))


class BasicReading(Struct, frozen=True):
    """What the device makes of the Basic challenge of a 407.

    `compatible`: it answers. `at-risk`: it answers, by luck of the order or by leniency of its version.
    `fatal`: it sends no credentials. `reasons` are empty only when compatible; `line` is the index of the
    header line that decided, `None` when there was none."""

    verdict: Literal["compatible", "at-risk", "fatal"]
    reasons: tuple[DeviceReason, ...] = ()
    line: int | None = None


_ORDER = ("compatible", "at-risk", "fatal")


def device_reads_basic(headers: Sequence[tuple[bytes, bytes]], field: bytes = b"proxy-authenticate") -> BasicReading:
    """How the device reads the challenges in `headers` (names as received, values as received or unfolded
    with their line breaks kept). Of several Basic challenges the one that is read best decides."""
    challenges = read_challenges(headers, field)
    offered = [challenge for challenge in challenges if challenge.name == "basic"]
    if not offered:
        reason: DeviceReason = "basic-not-offered" if challenges else "no-challenge"
        return BasicReading("fatal", (reason,))
    alone = {line: sum(c.line == line for c in challenges) == 1 for line in {c.line for c in offered}}
    readings = [_reading(headers[challenge.line], challenge, alone[challenge.line]) for challenge in offered]
    return min(readings, key=lambda reading: _ORDER.index(reading.verdict))


def _reading(header: tuple[bytes, bytes], challenge: Challenge, alone: bool) -> BasicReading:
    name, value = header
    text = value[:LINE_LIMIT].decode("iso-8859-1").strip(_TRIMMED)
    line = text.partition("\n")[0].rstrip("\r")  # the device takes a continuation for another field
    element = _first_basic(line) if name == name.strip() else None
    if element is None:
        return BasicReading("fatal", _hindrances(name, challenge, alone), challenge.line)
    risks: list[DeviceReason] = []
    if not alone:
        risks.append("several-schemes-on-line")
    if not element.group(4):
        risks.append("unterminated-realm")
    if element.group(2) != "realm":
        risks.append("realm-spelling")
    return BasicReading("at-risk" if risks else "compatible", tuple(risks), challenge.line)


def _first_basic(line: str) -> re.Match[str] | None:
    at = 0
    while at < len(line):
        element = _ELEMENT.match(line, at)
        if element is None:
            return None
        if element.group(1).strip(_TRIMMED).lower() == "basic":
            return element
        at = element.end()
    return None


def _hindrances(name: bytes, challenge: Challenge, alone: bool) -> tuple[DeviceReason, ...]:
    """Why the challenge was not read, as far as its shape tells."""
    names = [key for key, _ in challenge.parameters]
    deviations = challenge.deviations
    found: list[tuple[DeviceReason, bool]] = [
        ("space-before-colon", name != name.strip()),
        ("folded", "folded" in deviations),
        ("several-schemes-on-line", not alone),
        ("no-realm", "realm" not in names),
        ("parameter-before-realm", "realm" in names and names[0] != "realm"),
        ("comma-after-scheme", "comma-after-scheme" in deviations),
        ("space-around-equals", "space-around-equals" in deviations),
        ("unquoted-realm", "unquoted-realm" in deviations or "empty-value" in deviations),
        ("tab-after-scheme", _TAB_ONLY.match(challenge.raw) is not None),
    ]
    return tuple(reason for reason, holds in found if holds) or ("unreadable",)
