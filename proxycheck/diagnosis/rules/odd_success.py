"""The host's own answer in a tunnel, behind something that has no place there: a line, or the end of a content."""

import re
from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.ends import decided
from proxycheck.model.text import printable
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.teamviewer import spoken


def behind_something(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """A line before what the host says, or a body behind a 200 with Transfer-Encoding: the success is not as plain as
    the device needs it."""
    stray = _behind_a_line(unexplained)
    if stray:
        text = printable((_line_before(stray[0]) or b"").decode("latin-1").strip(), 60)
        line = f'the line "{text}"' if text else "an empty line"
        said = f"{line} comes between the answer that opens the tunnel and the first record of the host's TLS"
        yield Finding("connect.nonstandard-success", tuple(stray), "conclusive", (said,))
    chunked = [o for o in decided(unexplained) if o.reply is not None and _body_after_success(o.reply)]
    if chunked:
        said = "the 200 has Transfer-Encoding, and the end of a body follows where the tunnel begins (RFC 9110 9.3.6)"
        yield Finding("connect.nonstandard-success", tuple(chunked), "conclusive", (said,))


_STRAY = re.compile(
    rb"(?:(?!HTTP/|<)[\t\x20-\x7e]{0,512}[\r\n]{1,8}"
    rb"|HTTP/1\.[01] 2\d\d[^\r\n]{0,200}\r\n(?:[^\r\n]{1,512}\r\n){0,20}\r\n)"
    rb"(?=[\x14-\x17]\x03[\x00-\x04])"
)
"""The end of a line, a line of text, or a second answer without content before a record of TLS (RFC 8446 section 5.1):
sent by whoever ended its answer once too often, or goes on after its end; or by the next proxy, whose answer the first
one lets through."""


def _line_before(observation: Observation) -> bytes | None:
    found = _STRAY.match(observation.payload.received_bytes) if observation.payload is not None else None
    return found.group() if found is not None else None


def _behind_a_line(unexplained: Sequence[Observation]) -> list[Observation]:
    """Where the host's own TLS begins behind a line that is not its own, or its answer to plain HTTP behind the same
    one."""
    odd = [o for o in unexplained if o.decides == "tunnel" and o.opened]
    stray = [o for o in odd if not o.proved and o.endpoint.speaks != "http" and _line_before(o) is not None]
    lines = {line for o in stray if (line := _line_before(o)) is not None}
    return [*stray, *(o for o in odd if o.endpoint.speaks != "tls" and any(_goes_on(o, line) for line in lines))]


def _goes_on(observation: Observation, line: bytes) -> bool:
    """Whether an answer to something else than TLS comes behind this line."""
    received = observation.payload.received_bytes if observation.payload is not None else b""
    host = received.removeprefix(line) if received.startswith(line) else b""
    return host.startswith(b"HTTP/1.") if observation.endpoint.speaks == "http" else spoken(host) == "teamviewer"


def _body_after_success(reply: Reply) -> bool:
    return {"transfer-encoding-on-2xx", "early-bytes"} <= set(reply.deviations)
