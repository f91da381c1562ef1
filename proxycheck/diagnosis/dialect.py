"""How the device's own stack takes what the proxy answered: compatible, at risk, or fatal, and how sure that is.

The traits are data of the device (`proxycheck.model.dialect`). This tool reads more patiently than the device, so it
gets through where the device may not: what it met on the way is compared here with what the device is known to read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct, structs

from proxycheck.diagnosis.bare import is_bare, needing, share_of_turns
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.triangulation import CHECK
from proxycheck.model.cause import CauseCode
from proxycheck.model.dialect import ReplyDialect, Trait, TraitConfidence
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import CUT_SHORT, NEVER_CAME, after_407
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.device_dialect import DeviceReason, device_reads_basic
from proxycheck.wire.http.reply import Reply

ReadingVerdict = Literal["compatible", "at-risk", "fatal"]


class Reading(Struct, frozen=True):
    """One thing about the proxy's answers. `words` say what it answered, `code` what it would be a cause of, and
    `endpoints` are those whose tunnels the device would open by such an answer. `share` is that of the answers by which
    it does not get through, where they differ from one connection to the next."""

    code: CauseCode
    verdict: ReadingVerdict
    confidence: TraitConfidence
    words: str
    endpoints: tuple[str, ...] = ()
    share: float = 1.0


SLOW_BODY = 32768
"""Bytes. A 407 with more content than that is worth a word: at 384 kbit/s it costs most of a second each time."""
_CUT = 61440
"""Bytes. Content of that length may be cut in the record, which tells the whole size of what came."""
_REASONS: dict[DeviceReason, str] = {
    "comma-after-scheme": "a comma follows the scheme",
    "folded": "the line is folded",
    "no-realm": "it names no realm",
    "parameter-before-realm": "another parameter stands before the realm",
    "realm-spelling": "`realm` is not in small letters",
    "several-schemes-on-line": "several schemes stand on one line",
    "space-around-equals": "blanks stand around the equals sign",
    "space-before-colon": "a blank stands before the colon",
    "tab-after-scheme": "a tab follows the scheme",
    "unquoted-realm": "the realm is not in quotation marks",
    "unterminated-realm": "the realm's quotation mark is not closed",
    "unreadable": "it is written in an unusual way",
}
_FOLDED = re.compile(rb"(?:^|\n)(proxy-authenticate)[ \t]*:([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)+)", re.IGNORECASE)


def readings(case: Case) -> tuple[Reading, ...]:
    """Everything that the platform's stack was met with and that its traits speak of, each once."""
    return _readings(case, case.device.proxy.dialect)


def application_readings(case: Case) -> tuple[Reading, ...]:
    """What an application with a stack of its own does not read and the platform does."""
    platform = {reading.words for reading in readings(case) if reading.verdict != "compatible"}
    own = _readings(case, case.device.proxy.application_dialect)
    return tuple(reading for reading in own if reading.verdict == "fatal" and reading.words not in platform)


def _readings(case: Case, dialect: ReplyDialect | None) -> tuple[Reading, ...]:
    if dialect is None:
        return ()
    joined: dict[tuple[str, str, str, str], Reading] = {}
    for each in (*_successes(case, dialect), *_challenges(case, dialect)):
        key = (each.code, each.verdict, each.confidence, each.words)
        known = joined.get(key, each)
        joined[key] = structs.replace(known, endpoints=tuple(dict.fromkeys((*known.endpoints, *each.endpoints))))
    return tuple(joined.values())


def _weighed(trait: Trait[Any], code: CauseCode, words: str, verdict: ReadingVerdict) -> Reading:
    """A trait of low confidence makes a risk at most."""
    doubtful = verdict == "fatal" and trait.confidence not in ("guide", "shown", "high")
    return Reading(code, "at-risk" if doubtful else verdict, trait.confidence, words)


# ---- The answer that opens the tunnel -------------------------------------------------

_SUCCESS: CauseCode = "connect.nonstandard-success"


def _successes(case: Case, dialect: ReplyDialect) -> Iterator[Reading]:
    answered = [(o, o.reply) for o in case.opened if o.reply is not None]
    for observation, reply in answered:
        for reading in _success(reply, dialect):
            yield _of_endpoint(reading, observation)
    if answered and all(reply.status == 200 for _, reply in answered):
        yield _weighed(dialect.success, _SUCCESS, "200 opens the tunnel", "compatible")


def _of_endpoint(reading: Reading, observation: Observation) -> Reading:
    """Where the host itself was not reached, other causes tell why. TeamViewer brings a client of its own: what is
    shown of the platform's stack is a guess for it."""
    if reading.verdict != "fatal":
        return reading
    if observation.endpoint.speaks == "teamviewer":
        return structs.replace(reading, verdict="at-risk", confidence="low")
    if not observation.proved:
        return structs.replace(reading, verdict="at-risk")
    return structs.replace(reading, endpoints=(observation.id,))


def _success(reply: Reply, dialect: ReplyDialect) -> Iterator[Reading]:
    if reply.status != 200 and dialect.success.value == "200":
        yield _weighed(dialect.success, _SUCCESS, f"the tunnel opens with {reply.status} instead of 200", "fatal")
    yield from _interim(reply, dialect, _SUCCESS)
    yield from _status_line(reply, dialect, _SUCCESS, "the answer that opens the tunnel")
    yield from _lengths(reply, dialect)
    skipped = reply.own_content if dialect.success_body.value == "discarded" else b""
    if reply.early[len(skipped) :]:
        words = "bytes come together with the answer that opens the tunnel"
        verdict: ReadingVerdict = "compatible" if dialect.early_bytes.value == "kept" else "fatal"
        yield _weighed(dialect.early_bytes, _SUCCESS, words, verdict)


_UNUSUAL = frozenset(("odd-status-line", "leading-blank-line"))


def _status_line(reply: Reply, dialect: ReplyDialect, code: CauseCode, which: str) -> Iterator[Reading]:
    """The first line, where it is not written as HTTP/1.1 has it: what a patient reader skips ends the attempt of one
    that compares letter by letter."""
    trait = dialect.status_line
    if trait is None or _UNUSUAL.isdisjoint(reply.deviations):
        return
    blank = "leading-blank-line" in reply.deviations
    words = f"a blank line stands before {which}" if blank else f"the status line of {which} is written unusually"
    yield _weighed(trait, code, words, "fatal" if trait.value == "strict" else "compatible")


def _interim(reply: Reply, dialect: ReplyDialect, code: CauseCode) -> Iterator[Reading]:
    for status in dict.fromkeys(reply.interim):
        skipped: ReadingVerdict = "compatible" if status in dialect.interim.value else "fatal"
        yield _weighed(dialect.interim, code, f"an interim {status} comes before the {reply.status}", skipped)


def _lengths(reply: Reply, dialect: ReplyDialect) -> Iterator[Reading]:
    """`Content-Length` and `Transfer-Encoding` on a 2xx, where neither belongs (RFC 9110 section 9.3.6)."""
    lengths = reply.values("Content-Length")
    if lengths:
        words = f"the answer that opens the tunnel has Content-Length: {', '.join(lengths)[:20]}"
        harmless = dialect.success_body.value == "ignored" or reply.counted == 0
        if reply.own_content:
            yield Reading(_SUCCESS, "at-risk", dialect.success_body.confidence, f"{words}, and so much content")
        else:
            yield _weighed(dialect.success_body, _SUCCESS, words, "compatible" if harmless else "fatal")
    if reply.value("Transfer-Encoding") is not None:
        yield Reading(_SUCCESS, "at-risk", "low", "the answer that opens the tunnel has a Transfer-Encoding")


# ---- The answer that asks for credentials -----------------------------------------------

_CHALLENGE: CauseCode = "auth.challenge-unreadable"


def _challenges(case: Case, dialect: ReplyDialect) -> Iterator[Reading]:
    unasked = dialect.unasked_credentials
    met = [(e, reply) for e, reply in _asking(case) if reply is not None]
    if met and unasked is not None and unasked.value:
        words = "it sends user name and password without being asked, so the form of the 407 does not matter"
        yield _weighed(unasked, _CHALLENGE, words, "compatible")
        return
    if any(is_bare(record) for record, _ in met):
        yield from _from_place_to_place(case, met, dialect)
        return
    concerned = _asked_everywhere(case)
    for record, reply in met:
        for reading in _challenge(case, record, reply, dialect):
            yield structs.replace(reading, endpoints=concerned)


def _from_place_to_place(case: Case, met: Sequence[tuple[Evidence, Reply]], dialect: ReplyDialect) -> Iterator[Reading]:
    """What was asked of each owner and port concerns the endpoints there; where hosts of one place are asked in several
    ways, those hosts. Where one host is, it is not the host's matter: several proxies take turns."""
    told = [(record.endpoint or "", tuple(_challenge(case, record, reply, dialect))) for record, reply in met]
    share = share_of_turns([(name, any(map(_breaks, found))) for name, found in told])
    names: dict[Reading, set[str]] = defaultdict(set)
    for name, found in told:
        for reading in found:
            names[_by_turns(reading, share) if share is not None and _breaks(reading) else reading].add(name)
    every = {name for name, _ in told}
    for reading, asked in names.items():
        members = needing(case, None if share is not None or asked == every else asked)
        yield structs.replace(reading, endpoints=tuple(o.id for o in members))


def _breaks(reading: Reading) -> bool:
    return reading.verdict == "fatal"


def _by_turns(reading: Reading, share: float) -> Reading:
    words = f"{reading.words}; not each time: the device does not get through after {share:.0%} of its 407s"
    return structs.replace(reading, words=words, share=share)


def _asked_everywhere(case: Case) -> tuple[str, ...]:
    """The endpoints whose tunnels the device would ask for without credentials first: all that opened, or all where
    none did. TeamViewer brings a client of its own."""
    own = [o for o in case.observations if o.decides == "tunnel" and o.endpoint.speaks != "teamviewer"]
    return tuple(o.id for o in own if o.opened) or tuple(o.id for o in own)


def _challenge(case: Case, record: Evidence, reply: Reply, dialect: ReplyDialect) -> Iterator[Reading]:
    """What one 407 means. Where the device has nothing to answer with, its form costs it nothing."""
    answered = any(challenge.name == "basic" for challenge in read_challenges(reply.raw_headers))
    for reading in _form(case, record, reply, dialect):
        verdict: ReadingVerdict = reading.verdict if answered or reading.verdict != "fatal" else "at-risk"
        yield structs.replace(reading, verdict=verdict)


def _form(case: Case, record: Evidence, reply: Reply, dialect: ReplyDialect) -> Iterator[Reading]:
    left = {record.note} if is_bare(record) else {e.variant for e in case.evidence if e.endpoint == record.endpoint}
    yield from _written(record, reply, dialect)
    yield from _interim(reply, dialect, _CHALLENGE)
    yield from _status_line(reply, dialect, _CHALLENGE, "its 407")
    yield from _framed(record, reply, dialect, more=after_407("unread") in left)
    yield from _closing(reply, dialect, without_a_word=after_407("closed") in left)


def challenges(case: Case) -> tuple[Reply, ...]:
    """The answers with which the proxy asked for credentials."""
    return tuple(reply for _, reply in _asking(case) if reply is not None)


def _asking(case: Case) -> Iterable[tuple[Evidence, Reply | None]]:
    """Every 407 to a CONNECT without credentials."""
    plain = (e for e in case.evidence if e.operation == "connect" and (e.check != CHECK or is_bare(e)))
    return ((e, case.challenge(e)) for e in plain if "proxy-authorization" not in e.sent.lower())


def _written(record: Evidence, reply: Reply, dialect: ReplyDialect) -> Iterator[Reading]:
    """The challenge itself. Where Basic is not offered at all, other causes speak."""
    if not any(challenge.name == "basic" for challenge in read_challenges(reply.raw_headers)):
        return
    reading = device_reads_basic(_as_sent(record, reply))
    if dialect.basic_challenge.value == "scheme-first" or reading.verdict == "compatible":
        words = "its Basic challenge is written as the device reads it"
        yield _weighed(dialect.basic_challenge, _CHALLENGE, words, "compatible")
        return
    why = " and ".join(_REASONS.get(reason, reason) for reason in reading.reasons)
    words = f"its Basic challenge is written unusually: {why}"
    yield _weighed(dialect.basic_challenge, _CHALLENGE, words, reading.verdict)


def _as_sent(record: Evidence, reply: Reply) -> tuple[tuple[bytes, bytes], ...]:
    """The header fields; challenges with the line breaks inside them, which `Reply` has smoothed out."""
    if "folded-header" not in reply.deviations:
        return reply.raw_headers
    folded = _FOLDED.findall(record.received_bytes)
    smooth = {b" ".join(value.split()): value for _, value in folded}
    return tuple((name, smooth.get(b" ".join(value.split()), value)) for name, value in reply.raw_headers)


_MISSING = "less comes behind its 407 than the Content-Length announces"
"""What is skipped before the answer goes out, and is waited for."""


def _framed(record: Evidence, reply: Reply, dialect: ReplyDialect, *, more: bool) -> Iterator[Reading]:
    """How the 407's content ends, and how much of it there is. `more` came after its end."""
    size = _size(record, reply)
    trait = dialect.challenge_body
    words = None if trait is None or _closes(reply) else _unframed(reply, more=more)
    if trait is not None and words is not None:
        fatal: ReadingVerdict = "fatal" if trait.value == "content-length" else "compatible"
        yield _weighed(trait, _CHALLENGE, words, fatal)
    elif trait is not None and record.note in (CUT_SHORT, NEVER_CAME) and not _closes(reply):
        yield _weighed(trait, _CHALLENGE, _MISSING, "fatal" if trait.value == "content-length" else "at-risk")
    if size > SLOW_BODY:
        seconds = size * 8 / 384_000
        words = f"its 407 has {size // 1000} kB of content, {seconds:.1f} s at 384 kbit/s with every login"
        yield Reading(_CHALLENGE, "at-risk", "medium", words)


def _unframed(reply: Reply, *, more: bool) -> str | None:
    """Why a stack that skips what the last `Content-Length` says does not come to the end of this content; None where
    it does."""
    lengths = reply.values("Content-Length")
    if reply.value("Transfer-Encoding") and (reply.body or lengths):
        return "its 407 is chunked" + (" and has a Content-Length besides" if lengths else "")
    if not lengths:
        return "its 407 has content of unknown length" if reply.body else None
    if len({length.strip() for length in lengths}) > 1 and reply.counted != len(reply.body):
        return f"its 407 has several Content-Lengths: {', '.join(lengths)[:40]}"
    if more:
        return "more comes behind its 407 than the Content-Length announces"
    return None


def _size(record: Evidence, reply: Reply) -> int:
    """Bytes of content: as announced, else as seen."""
    length = (reply.value("Content-Length") or "").strip()
    if length.isdecimal() and len(length) < 12:
        return int(length)
    seen = len(reply.body)
    return max(seen, record.size or 0) if seen >= _CUT else seen


def _closes(reply: Reply) -> bool:
    """Whether the answer says, or its version implies, that the connection ends with it (RFC 9112 section 9.3)."""
    tokens = " ".join((*reply.values("Connection"), *reply.values("Proxy-Connection"))).lower()
    return "close" in tokens or (reply.version == "1.0" and "keep-alive" not in tokens)


def _closing(reply: Reply, dialect: ReplyDialect, *, without_a_word: bool) -> Iterator[Reading]:
    """A 407 that ends its connection, which HTTP allows. Without a guide's word, or the stack's own failure, that is a
    risk only."""
    trait = dialect.retry_after_close
    if trait is None:
        return
    announced = _closes(reply)
    if not (announced or without_a_word):
        words = "its 407 keeps the connection open for the answer"
        yield _weighed(trait, "auth.connection-closed", words, "compatible")
        return
    words = "it closes the connection after its 407" + ("" if announced else ", without having said so")
    answered = trait.value == "always" or (trait.value == "announced" and announced)
    fatal: ReadingVerdict = "fatal" if trait.confidence in ("guide", "shown") else "at-risk"
    yield _weighed(trait, "auth.connection-closed", words, "compatible" if answered else fatal)
