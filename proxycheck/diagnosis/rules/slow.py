"""Bytes come through the tunnels, and too slowly for anything to come to its end: that is no silence."""

from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.ends import decided, failure_of
from proxycheck.model.evidence import Evidence
from proxycheck.model.text import counted

_IN_KIND = {"tls": "\x16\x03", "http": "HTTP/1."}
"""How an answer in kind begins: a handshake record (RFC 8446 section 5.1), a status line (RFC 9112 section 4)."""


def trickling(_: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Answers that had begun in kind, and of which bytes still came when they were not waited for any longer."""
    members = [o for o in decided(unexplained) if failure_of(o) == "timeout" and _still_came(o)]
    if members:
        records = [o.payload for o in members if o.payload is not None]
        yield Finding("tunnel.slow", tuple(members), "weak", _words(records), "degraded", detail=_SLOWLY)


def _still_came(observation: Observation) -> bool:
    said, begins = observation.payload, _IN_KIND.get(observation.endpoint.speaks)
    return said is not None and begins is not None and said.still_came and said.received.startswith(begins)


def _words(records: Sequence[Evidence]) -> tuple[str, ...]:
    waited_s = max(record.duration_s for record in records)
    rates = sorted(record.came / record.duration_s for record in records)
    least, most = f"{rates[0]:.0f}", f"{rates[-1]:.0f}"
    answers = counted(len(records), "answer")
    return (
        f"{answers} had not come to an end after up to {waited_s:.0f} s, and bytes still came",
        f"in each of these tunnels {least if least == most else f'{least} to {most}'} bytes a second",
    )


_SLOWLY = (
    "Nobody cuts these tunnels: the hosts answer, and the answer comes a few bytes at a time. Whether it comes whole "
    "in the end was not waited for; --timeout 60 waits longer."
)
