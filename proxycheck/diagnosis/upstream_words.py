"""What a proxy says of a host that it could not reach, in the words that all software shares."""

import re
from typing import Literal

from proxycheck.diagnosis.observation import Observation
from proxycheck.wire.http.reply import Reply

Unreached = Literal["connect.dns-failure", "connect.upstream-refused", "connect.upstream-timeout"]

# What software calls these failures, whoever wrote it: resolver and socket errors of the C library, and plain words.
_WORDS: tuple[tuple[re.Pattern[str], Unreached], ...] = (
    (
        re.compile(
            r"\bdns\b|err_dns|nxdomain|name error|(name|host|service) not known|unknown host|host ?not ?found"
            r"|no such (domain|host)"
            r"|(resolv|look ?up|determine ip address)\w* .{0,40}(fail|error|host|name)|could not (be )?resolve"
            r"|no address associated|getaddrinfo"
        ),
        "connect.dns-failure",
    ),
    (re.compile(r"connection refused|econnrefused|\(111\)|err_connect_fail 111"), "connect.upstream-refused"),
    (re.compile(r"timed? ?-?out|etimedout|\(110\)|err_connect_fail 110"), "connect.upstream-timeout"),
)


def upstream_words(observation: Observation) -> Unreached | None:
    """The reason that the refusal names; None where it names none."""
    return None if observation.reply is None else reason_in(observation.reply)


def reason_in(reply: Reply) -> Unreached | None:
    """The reason that an error page of the proxy names; None where it names none."""
    text = _text(reply)
    return next((kind for pattern, kind in _WORDS if pattern.search(text)), None)


def _text(reply: Reply) -> str:
    fields = " ".join(value for _, value in reply.headers)
    body = re.sub(r"<style.*?</style>|<[^>]{0,300}>", " ", reply.body.decode("latin-1"), flags=re.DOTALL)
    return f"{reply.reason} {fields} {body}".lower()
