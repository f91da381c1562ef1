"""What a proxy says of a host that it could not reach, in the words that all software shares."""

import re
from typing import Literal

from proxycheck.diagnosis.observation import Observation
from proxycheck.model.text import printable
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.pattern import Pattern

Unreached = Literal["connect.dns-failure", "connect.upstream-refused", "connect.upstream-timeout"]

# What software calls these failures, whoever wrote it: resolver and socket errors of the C library, and plain words.
_WORDS: tuple[tuple[Pattern[str], Unreached], ...] = (
    (
        Pattern(
            r"\bdns(\b|_)|err_dns|nxdomain|name error|(name|host|service) not known|unknown host|host ?not ?found"
            r"|no such (domain|host)"
            r"|(resolv|look ?up|determine ip address)\w{0,12} .{0,40}(fail|error|host|name)|could not (be )?resolve"
            r"|no address associated|getaddrinfo"
        ),
        "connect.dns-failure",
    ),
    (Pattern(r"connection[ _]refused|econnrefused|\(111\)|err_connect_fail 111"), "connect.upstream-refused"),
    (
        # A page has other times that run out, such as that of a session: it is a connection or a request that matters.
        Pattern(
            r"(connect|request|operation|attempt|socket|host|server|origin|upstream|peer|gateway|respon|reply|answer"
            r"|read|tunnel|handshake|query)\w{0,12}[^.<]{0,30}timed?[ -]?out"
            r"|timed?[ -]?out[^.<]{0,20}(connect|wait|reach)"
            r"|etimedout|\(110\)|err_connect_fail 110"
        ),
        "connect.upstream-timeout",
    ),
)
_LATE = Pattern(r"time[d_]?[ -]?out")
"""Enough where nothing else is spoken of: in a reason phrase, and in a field for errors."""
_FOR_ERRORS = Pattern(r"error|^proxy-status$|^warning$")
"""Names of fields that carry errors: X-Squid-Error, X-Error, AW-Error-Code, Proxy-Status (RFC 9209), Warning. Others
may name anything: Keep-Alive a timeout, Via a name server."""
_POLICY_WORDS = ("access denied", "blocked", "forbidden", "not allowed", "not permitted", "policy", "prohibited")


def upstream_words(observation: Observation) -> Unreached | None:
    """The reason that the refusal names; None where it names none."""
    return None if observation.reply is None else reason_in(observation.reply)


def reason_in(reply: Reply) -> Unreached | None:
    """The reason that an error page of the proxy names; None where it names none. What its page says of a rule comes
    before what else that speaks of."""
    told = _named(_error_fields(reply), late=True)
    if told is not None or speaks_of_a_policy(reply):
        return told
    return _named(f"{reply.reason} . {_words_of(reply)}".lower()) or _named(reply.reason.lower(), late=True)


def _named(text: str, *, late: bool = False) -> Unreached | None:
    found = next((kind for pattern, kind in _WORDS if pattern.search(text)), None)
    return "connect.upstream-timeout" if found is None and late and _LATE.search(text) else found


_OWN_TLS = Pattern(r"secure[ _]connect|\b(ssl|tls)[ _](error|fail|handshake|code|connect)|\bx509|certificate")


def own_tls_failed(reply: Reply) -> bool:
    """Whether a page says that the TLS connection of its author to the host failed, and names no other reason."""
    text = f"{_error_fields(reply)} . {_words_of(reply)}".lower()
    return reason_in(reply) is None and _OWN_TLS.search(text) is not None


def _error_fields(reply: Reply) -> str:
    """What the fields say that are made for errors, in small letters."""
    return " ".join(value for name, value in reply.headers if _FOR_ERRORS.search(name.lower())).lower()


def speaks_of_a_policy(reply: Reply) -> bool:
    """Whether an answer speaks of a rule, in plain words that no product owns."""
    text = f"{reply.reason} {reply.body.decode('latin-1')}".lower()
    return any(word in text for word in _POLICY_WORDS)


_MARKUP = Pattern(r"<style(?:(?!<style).)*?</style>|<[^>]{0,300}>", re.DOTALL)
"""Nothing here may look at the rest of a page once for each of its words: a page is written by anybody."""
_QUOTED = 100


def page_begins(reply: Reply) -> str:
    """The first words of its page, as far as they can be printed; empty where it has none."""
    return printable(" ".join(_words_of(reply).split()), _QUOTED)


def _words_of(reply: Reply) -> str:
    """What a reader of the page sees."""
    return _MARKUP.sub(" ", reply.body.decode("latin-1"))
