"""What was answered, byte for byte, in a form that says whether two answers are the same answer for other targets."""

import re
from datetime import datetime, timedelta

from msgspec import Struct, structs

from proxycheck.diagnosis.rules.clock import TOLERANCE_S
from proxycheck.diagnosis.shape import Shape, shape
from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.scenario import Table
from proxycheck.model.target import Target
from proxycheck.model.text import printable
from proxycheck.wire.address import parse_target
from proxycheck.wire.http.date import read_date
from proxycheck.wire.http.reply import Reply, read_reply, reply_in

SLOW_S = 1.0
"""An answer that took less is not told from an ordinary one: a busy network, or a busy computer, takes as long."""
_PLACEHOLDER = re.compile(r"\{(host|port|length|date)")
_DATE = re.compile(r"^date:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ENDS = {"reset": "reset", "timeout": "stall"}


class RecordedAnswer(Struct, frozen=True):
    """Bytes, and what followed them: `judged` (a tunnel), `next`, `close`, `reset` or `stall`.

    `text` is ISO-8859-1; with `fill`, `{host}` and `{port}` stand for the target's. `size` is the length of the
    content as it came, `delay` is in seconds. `first` is for how many requests of a target it was given; None: for all.
    `numbers` are those of the requests for a target to which it was given,
    from 1 on; without any, it was given to all."""

    text: str
    then: str
    fill: bool = False
    size: int = 0
    delay: float = 0.0
    first: int | None = None
    numbers: tuple[int, ...] = ()

    @property
    def written(self) -> str:
        """The text for a rule. Content that is filled in has another length for each target."""
        head, empty, content = self.text.partition("\r\n\r\n")
        announced = re.search(r"^content-length:[ \t]*(\d+)[ \t]*\r?$", head, re.IGNORECASE | re.MULTILINE)
        if not self.fill or announced is None or int(announced[1]) != self.size:
            return self.text
        return f"{head[: announced.start(1)]}{{length}}{head[announced.end(1) :]}{empty}{content}"

    @property
    def fields(self) -> Table:
        """The same as fields of a rule."""
        found: Table = {"reply": self.written} if self.text else {}
        if self.fill:
            found["fill"] = True
        if self.delay:
            found["delay"] = self.delay
        if self.first is not None:
            found["first"] = self.first
        if self.numbers:
            found["numbers"] = list(self.numbers)
        return {**found, "then": self.then}


class Likeness(Struct, frozen=True):
    """What is the same in two answers that differ only by host, date and numbers."""

    then: str
    text: str
    shape: Shape | None = None
    version: str = ""
    marks: frozenset[str] = frozenset()
    interim: tuple[int, ...] = ()


def target_of(record: Evidence) -> Target:
    """The target that a record is about. Raises ConfigurationError for what is none."""
    try:
        return parse_target(record.endpoint or "")
    except UsageError as error:
        named = printable(record.endpoint or "", 80)
        raise ConfigurationError(f"the report names the target '{named}', which is no HOST:PORT") from error


def connect_answer(record: Evidence, target: Target) -> RecordedAnswer:
    """The answer in the record of a CONNECT."""
    reply = reply_in(record)
    return filled(RecordedAnswer(record.received, _then(record, reply), delay=_delay(record)), target)


def _then(record: Evidence, reply: Reply) -> str:
    if record.failure is not None and record.failure.name in _ENDS:
        return _ENDS[record.failure.name]
    if record.ended == "timeout":
        return "next" if record.received else "stall"  # content whose end was never seen: the connection stayed open
    if reply.problem is None:
        if reply.success:
            return "judged"
        return "next" if reply.keeps_alive else "close"
    return "stall" if record.ended == "open" and not record.received else "close"


def _delay(record: Evidence) -> float:
    """How long the answer took; not what was waited for in vain."""
    return 0.0 if record.ended == "timeout" or record.duration_s < SLOW_S else round(record.duration_s, 1)


def filled(answer: RecordedAnswer, target: Target) -> RecordedAnswer:
    """The same with the target's own name and port taken out; as it is where that could not be told from the text."""
    if _PLACEHOLDER.search(answer.text) or target.host.lower() not in answer.text.lower():
        return answer
    host = re.escape(target.host)
    text = re.sub(rf"{host}:{target.port}(?!\d)", "{host}:{port}", answer.text, flags=re.IGNORECASE)
    text = re.sub(host, "{host}", text, flags=re.IGNORECASE)
    return structs.replace(answer, text=text, fill=True, size=len(answer.text.partition("\r\n\r\n")[2]))


def dated(answer: RecordedAnswer, moment: datetime) -> RecordedAnswer:
    """The same with the date that its head bears as the hour at which it came: an old date would be a wrong one."""
    head, empty, content = answer.text.partition("\r\n\r\n")
    found = _DATE.search(head)
    if found is None or (_PLACEHOLDER.search(answer.text) and not answer.fill):
        return answer
    text = f"{head[: found.start(1)]}{date_placeholder(found[1], moment)}{head[found.end(1) :]}{empty}{content}"
    return structs.replace(answer, text=text, fill=True)


def date_placeholder(value: str, moment: datetime) -> str:
    """What stands for a date that was told at that moment; the value itself where it is no date."""
    date = read_date(value)
    if date is None:
        return value
    ahead = round((date - moment).total_seconds())
    return "{date}" if abs(ahead) <= TOLERANCE_S else f"{{date{ahead:+d}}}"


def moment_of(record: Evidence, start: datetime) -> datetime:
    """When an answer had come, in a run that began at `start`."""
    return start + timedelta(seconds=record.started_s + record.duration_s)


def likeness(answer: RecordedAnswer, target: Target, method: str = "CONNECT") -> Likeness:
    """What to compare an answer by; of what is not HTTP, every byte."""
    data = answer.text.encode("latin-1")
    reply = read_reply("CONNECT" if method == "CONNECT" else "GET", data, closed=True)
    if reply.problem not in (None, "incomplete") or not reply.status:
        return Likeness(answer.then, answer.text)
    names = frozenset(name.lower() for name, _ in reply.headers)
    marks = names | frozenset(reply.deviations) | ({"early"} if reply.early else set())
    told = shape(reply, "{host}" if answer.fill else target.host)
    return Likeness(answer.then, "", told, reply.version, marks, tuple(reply.interim))
