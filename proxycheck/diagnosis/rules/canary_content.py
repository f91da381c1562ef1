"""What a canary tells of content: raw bytes in tunnels, plain HTTP on both of its ways, and stored answers."""

from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.canary import Seen, Tried, describe
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.model.cause import Severity
from proxycheck.model.text import counted, printable, was

_SHOWN = 4
STREAMS = {
    "plain": "that begins with unknown bytes",
    "nul": "that begins with zero bytes",
    "crlf": "that begins with empty lines",
    "http-reply": "that begins as an HTTP answer",
    "tls-hello": "that begins like TLS and is not",
    "tls-alert": "that begins like a TLS alert",
    "single-bytes": "sent byte by byte",
    "full-duplex": "of many bytes both ways at once",
    "banner": "in which the server speaks first",
}
"""The raw streams, as they continue the words "a tunnel"."""
_ORDINARY = frozenset(("plain", "single-bytes", "full-duplex"))
"""Streams that no protocol inspection has a reason to stop."""
_UNHEARD = frozenset(("tls-hello", "tls-alert", "banner"))
"""Streams that whoever only looks at the name in a ClientHello waits on or drops, and that no device sends. The first
two pass where nothing but TLS does."""


def altered(case: Case, asked: Seen) -> Iterator[Finding]:
    """Raw bytes that arrive otherwise than they were sent; or, where others pass, not at all."""
    tried = [t for t in asked.tried("raw") if t.opened and not t.excused]
    changed = [t for t in tried if t.differences]
    if changed:
        severity: Severity = "blocker" if _needs_plain(case, "tunnel") else "degraded"
        yield Finding("tunnel.altered", (), "conclusive", _told(changed), severity)
    cut = [t for t in tried if t.cut and t.canary.case not in _UNHEARD]
    sound = [t for t in asked.tried("raw") if t.canary.sound and t.canary.case not in _UNHEARD]
    if cut and not sound and not changed:
        yield from _only_tls(case, asked, cut)
    elif cut and sound:
        named = "; ".join(STREAMS.get(t.canary.case, t.canary.case) for t in cut)
        said = (
            f"no bytes of the canary come through a tunnel {named}",
            f"{counted(len(sound), 'other stream')} passed unchanged",
        )
        ordinary = any(t.canary.case in _ORDINARY for t in cut)
        yield Finding("tunnel.altered", (), "strong", said, "degraded" if ordinary else "info")


def _only_tls(case: Case, asked: Seen, cut: Sequence[Tried]) -> Iterator[Finding]:
    passing = [t for t in asked.tried("tls") if t.canary.answer == "signed"]
    if passing:
        said = (
            f"{counted(len(cut), 'stream')} without TLS {was(len(cut))} opened to the canary and ended without bytes",
            f"{counted(len(passing), 'TLS handshake')} with the same host and port completed",
        )
        ports = sorted({o.endpoint.port for o in case.observations if o.endpoint.speaks != "tls"})
        yield Finding("tunnel.tls-only", (), "conclusive", said, "info", ports=tuple(ports))


def _told(changed: Sequence[Tried]) -> tuple[str, ...]:
    lines = [
        f"in a tunnel {STREAMS.get(t.canary.case, t.canary.case)}: {describe(difference)}"
        for t in changed
        for difference in t.differences
    ]
    return tuple(lines[:_SHOWN])


def _needs_plain(case: Case, way: str) -> bool:
    """Whether a required endpoint is reached by plain HTTP on this way."""
    plain = [o for o in case.observations if o.endpoint.speaks == "http" and o.endpoint.tier == "required"]
    return any(o.decides == way for o in plain)


def _used(case: Case, way: str) -> bool:
    return any(o.endpoint.speaks == "http" and o.decides == way for o in case.observations)


def http_altered(case: Case, asked: Seen) -> Iterator[Finding]:
    """Plain HTTP that arrives otherwise than it was sent. In absolute form a proxy has rights over the head; in a
    tunnel it has none, and yet a head that is only spelt anew means the same."""
    weights: list[Severity] = []
    because: list[str] = []
    for way, words in (("tunnel", "inside CONNECT"), ("forward", "in absolute form")):
        for tried in asked.tried("http", way):
            content = [c for c in tried.differences if c.subject in ("request_body", "response_body")]
            fields = _fields(tried, words)
            spelling = [] if fields else [c for c in tried.differences if c not in content]
            if not (content or fields or spelling) or tried.excused:
                continue
            because += [f"plain HTTP {words}: {describe(c)}" for c in content] + fields
            because += [f"plain HTTP {words}: {describe(c)}" for c in spelling]
            weights.append(_weight(case, way, content=bool(content), spelling=not (content or fields)))
    if because:
        severity = min(weights, key=("blocker", "degraded", "info").index)
        yield Finding("http.altered", (), "conclusive", tuple(because[:_SHOWN]), severity)


def _weight(case: Case, way: str, *, content: bool, spelling: bool) -> Severity:
    if spelling or not _used(case, way):
        return "info"
    return "blocker" if content and _needs_plain(case, way) else "degraded"


def _fields(tried: Tried, words: str) -> list[str]:
    """Fields that a proxy must pass on unchanged (RFC 9110 section 7.6)."""
    touched = [change for change in tried.canary.fields if change.kind != "added"]
    return [f"plain HTTP {words}: {c.name} of the {c.where} is {c.kind}" for c in touched]


def cached(case: Case, asked: Seen) -> Iterator[Finding]:
    """The same answer twice although it forbids storing (RFC 9111 section 5.2.2.5)."""
    for tried in asked.tried("cache", "reflect"):
        serials = tried.canary.serials
        if len(serials) > 1 and len(set(serials)) < len(serials):
            said = f"two requests to the canary brought its answer number {printable(serials[0], 40)} twice"
            severity: Severity = "degraded" if _used(case, "forward") else "info"
            yield Finding("http.cached", (), "conclusive", (said, "that answer forbids storing (no-store)"), severity)
