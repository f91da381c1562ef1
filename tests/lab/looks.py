"""What curl must see of a proxy, for each cause that a scenario says is due: the scenarios' promises, told by a client
that shares no code with the diagnosis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from proxycheck.model.cause import CauseCode
from tests.lab.curl import Seen

AS_THE_DEVICE = ("--proxy-anyauth",)
"""Credentials only when the proxy has asked for them."""
AT_ONCE = ("--proxy-basic",)
"""Basic credentials with the first request."""
BOX = "Lab Issuing Authority"
_NO_PLAIN_SUCCESS = ("content-length:", "transfer-encoding:", "http/1.1 201", "http/1.1 204")


@dataclass(frozen=True)
class Look:
    """One way to run curl and what must come of it. `passes` marks what a good proxy shows as well; everything else
    must be wrong for a good one. `only` narrows the look to what is spoken in the tunnel. `waits` says that the
    scenario's timeout ends it. With a `crowd` the proxy, newly started, has as
    many tunnels open as it allows."""

    what: str
    holds: Callable[[Seen], bool]
    options: tuple[str, ...] = AS_THE_DEVICE
    passes: bool = False
    login: bool = True
    waits: bool = False
    crowd: bool = False
    only: Literal["tls", "http", "teamviewer"] | None = None


def _refused(seen: Seen, *statuses: int) -> bool:
    return seen.exit_code == 56 and seen.connect in statuses


def _cut(seen: Seen) -> bool:
    """Ended without an answer to CONNECT."""
    return seen.connect == 0 and seen.exit_code in (43, 56)


def _denied(seen: Seen) -> bool:
    return _cut(seen) or _refused(seen, 400, 403, 404, 405, 500, 501, 502, 503)


def _asked(seen: Seen) -> bool:
    return "proxy-authenticate:" in seen.words.lower()


def _dead(seen: Seen) -> bool:
    return seen.tunnel and not seen.reached and not seen.issuer and seen.exit_code in (28, 35, 52, 56)


def _distrusted(seen: Seen, *words: str) -> bool:
    return seen.exit_code == 60 and (not words or any(each in seen.words for each in words))


def _page(seen: Seen) -> bool:
    """Somebody else's words where the host's were due: TLS breaks on them, HTTP shows them."""
    return seen.tunnel and not seen.reached and (seen.exit_code in (8, 35) or seen.status >= 400)


def _odd_success(seen: Seen) -> bool:
    replies = seen.words.lower().partition("connect phase completed")[0]
    return seen.tunnel and any(words in replies for words in _NO_PLAIN_SUCCESS)


NO_TUNNEL = Look("no tunnel", lambda seen: not seen.tunnel and seen.exit_code in (28, 43, 56), waits=True)
NO_PROXY = Look(
    "no tunnel, or one in which a web server goes on with its page",
    lambda seen: not seen.reached and (seen.tunnel or seen.exit_code in (28, 43, 56)),
    waits=True,
)
DENIED = Look("the tunnel is denied, or the connection cut", _denied)
BAD_GATEWAY = Look("no tunnel, the proxy's fault: 5xx", lambda seen: _refused(seen, 500, 502, 503, 504))
REACHED = Look("the host is reached", lambda seen: seen.reached, passes=True)
REACHED_AT_ONCE = Look("credentials given at once are taken", lambda seen: seen.reached, AT_ONCE, passes=True)
ASKED = Look("407 for who gives no credentials", lambda seen: _refused(seen, 407) and _asked(seen), login=False)
REDIRECTED = Look("sent elsewhere, or to a login", lambda seen: _refused(seen, 302, 303, 307, 511))
DEAD = Look("a tunnel, and not a byte of the host's", _dead, waits=True)
DISTRUSTED = Look("the certificate is not believed", _distrusted, only="tls")
ANOTHER_ISSUER = Look(
    "when all is believed, another authority than the box's has signed",
    lambda seen: bool(seen.issuer) and BOX not in seen.issuer,
    (*AS_THE_DEVICE, "--insecure"),
    only="tls",
)
OWN_ISSUER = Look(
    "when all is believed, the box's authority has signed",
    lambda seen: BOX in seen.issuer,
    (*AS_THE_DEVICE, "--insecure"),
    passes=True,
    only="tls",
)
TLS_1_2 = (*AS_THE_DEVICE, "--tls-max", "1.2")

LOOKS: Mapping[CauseCode, tuple[Look, ...]] = {
    "proxy.refused": (Look("the port refuses", lambda seen: seen.exit_code == 7),),
    "proxy.silent": (Look("no answer", lambda seen: seen.exit_code == 28 and seen.connect == 0, waits=True),),
    "proxy.not-a-proxy": (NO_PROXY,),
    "proxy.capacity": (Look("one too many: no tunnel", lambda seen: not seen.tunnel, crowd=True, waits=True),),
    "setup.socks-only": (NO_TUNNEL,),
    "setup.https-proxy": (Look("cut", _cut),),
    "setup.intercept-port": (NO_TUNNEL,),
    "auth.required": (ASKED,),
    "auth.rejected": (Look("refused, credentials or not", lambda seen: _refused(seen, 401, 407), AT_ONCE),),
    "auth.scheme-unsupported": (ASKED, Look("Basic is refused", lambda seen: _refused(seen, 407), AT_ONCE)),
    "auth.challenge-missing": (
        Look("refused without a challenge", lambda seen: _refused(seen, 401, 403, 407) and not _asked(seen)),
    ),
    # curl reads challenges that the device's parser does not: what is promised is that they come, and that the
    # credentials are right.
    "auth.challenge-unreadable": (ASKED, REACHED_AT_ONCE),
    # curl 7.88 does not always try again on a new connection, as the device does.
    "auth.connection-closed": (ASKED, REACHED_AT_ONCE),
    "auth.interactive": (REDIRECTED,),
    "auth.not-enforced": (
        Look(
            "a wrong password passes",
            lambda seen: seen.reached,
            (*AT_ONCE, "--proxy-user", "clerk:surely-wrong"),
            passes=True,
            login=False,
        ),
    ),
    "connect.method-denied": (DENIED,),
    "connect.all-denied": (DENIED,),
    "connect.port-denied": (DENIED,),
    "connect.host-denied": (DENIED,),
    "connect.redirected": (REDIRECTED,),
    "connect.dns-failure": (BAD_GATEWAY,),
    "connect.upstream-refused": (BAD_GATEWAY,),
    "connect.upstream-timeout": (Look("504 after a while", lambda seen: _refused(seen, 504) and seen.seconds > 0.4),),
    "connect.upstream-error": (BAD_GATEWAY,),
    "connect.timeout": (
        Look("no answer to CONNECT", lambda seen: seen.exit_code == 28 and seen.connect == 0, waits=True),
    ),
    "connect.reset": (Look("reset", lambda seen: _cut(seen) and "reset by peer" in seen.words),),
    "connect.empty-reply": (Look("closed", lambda seen: _cut(seen) and "CONNECT aborted" in seen.words),),
    "connect.malformed-reply": (Look("no HTTP", lambda seen: _cut(seen) and "reset" not in seen.words),),
    # curl takes every 2xx for a tunnel, and passes over a length and a coding that mean nothing there (RFC 9110
    # section 9.3.6), as the device does not.
    "connect.nonstandard-success": (REACHED, Look("an odd success", _odd_success)),
    "endpoint.unsteady": (BAD_GATEWAY,),
    "tunnel.dead": (DEAD,),
    "tunnel.tls-only": (DEAD,),
    "tunnel.block-page": (Look("a page where the host's words were due", _page),),
    "tls.inspected": (DISTRUSTED, ANOTHER_ISSUER),
    "tls.blocked": (DEAD,),
    "tls.diverted": (Look("for another name", lambda seen: _distrusted(seen, "subject name")), OWN_ISSUER),
    "tls.expired": (Look("expired", lambda seen: _distrusted(seen, "has expired")), OWN_ISSUER),
    "tls.incomplete-chain": (Look("no issuer", lambda seen: _distrusted(seen, "local issuer")), OWN_ISSUER),
    "tls.untrusted": (Look("an unknown root", lambda seen: _distrusted(seen, "self-signed", "self signed")),),
    "network.clock-wrong": (Look("expired", lambda seen: _distrusted(seen, "has expired", "not yet valid")),),
    "http.block-page": (Look("another page", lambda seen: seen.exit_code == 0 and not seen.reached),),
    "http.captive-portal": (Look("another answer", lambda seen: seen.exit_code == 0 and not seen.reached),),
}

OTHERWISE: Mapping[str, tuple[Look, ...]] = {
    # The device leaves the port out of Host when it is 443; curl does not, and passes.
    "host-field-must-equal": (
        REACHED,
        Look("400 for the device's Host", lambda seen: _refused(seen, 400), ("--proxy-header", "Host: {host}")),
    ),
    "user-agent-denied": (
        DENIED,
        Look("a browser passes", lambda seen: seen.reached, ("--user-agent", "Mozilla/5.0"), passes=True),
    ),
    "tls-1.3-reset": (
        Look("TLS 1.3 is cut", _dead, only="tls"),
        Look("TLS 1.2 passes", lambda seen: seen.reached, TLS_1_2, passes=True),
    ),
    "tls-old-rejected": (REACHED, Look("TLS 1.2 is cut", _dead, TLS_1_2, only="tls")),
    # curl's own greeting is small, as the device's is, and no option makes it larger than a segment: it passes.
    "tls-large-lost": (REACHED,),
    "tls-large-reset": (REACHED,),
    # The device reconnects after a 407 that closes; here there is no password that would then be taken.
    "auth-tinyproxy-none": (ASKED,),
    "auth-tinyproxy-wrong": (Look("401 to a wrong password", lambda seen: _refused(seen, 401), AT_ONCE),),
    # Privoxy says 404 where others say 5xx.
    "dns-privoxy": (Look("no tunnel: 404", lambda seen: _refused(seen, 404)),),
    # curl takes an interim answer for the last one.
    "auth-407-interim": (Look("the answer is 102", lambda seen: _refused(seen, 102)),),
    "clean-100-continue": (Look("the answer is 100", lambda seen: _refused(seen, 100)),),
    "raw-103": (Look("the answer is 103", lambda seen: _refused(seen, 103)),),
    "raw-chunked-and-ended": (
        Look("the coding's end comes where the host's words were due", lambda seen: seen.tunnel and not seen.reached),
    ),
    # TeamViewer's server alone speaks before it is asked, and curl does not tell early words from prompt ones.
    "raw-early-bytes": (REACHED,),
    "tunnel-200-first-page": (Look("an error page in the tunnel", _page),),
    # What the resolver's operator shows is an authority of its own behind a leaf that the box signed.
    "dns-sinkhole-umbrella": (DISTRUSTED,),
    "tls-page": (
        DISTRUSTED,
        Look("when all is believed, a page", lambda seen: seen.status == 403, (*AS_THE_DEVICE, "--insecure")),
    ),
}
"""Scenarios in which curl, which is not the device, sees something else than the cause's own looks."""

CLEAN: Mapping[str, Look] = {
    # TeamViewer's own client is not the platform's stack, whose fault is told; curl meets it there as well.
    "auth-407-closes-silently": REACHED_AT_ONCE,
    "auth-407-interim": Look("the answer is 102", lambda seen: _refused(seen, 102)),
    "auth-407-unframed": REACHED_AT_ONCE,
    "auth-one-line": REACHED_AT_ONCE,
    "raw-103": Look("the answer is 103", lambda seen: _refused(seen, 103)),
    # curl would choose NTLM, which is offered as well and cannot be completed.
    "clean-basic-last": REACHED_AT_ONCE,
}
"""The same for endpoints that nothing is wrong with."""

NOT_LOOKED_AT: Mapping[str, tuple[str, ...]] = {
    # One of TeamViewer's ports is enough; this is not the one.
    "clean-no-teamviewer-port": ("*:5938",),
    "connectplus-ports-squid": ("*:5938",),
    "tunnel-teamviewer-cut": ("*:5938",),
    # The coding's end is no word of TeamViewer's; its other ports are named by the cause.
    "raw-chunked-and-ended": ("*:5938",),
    # These hosts end TLS by themselves, which hides whether it was opened.
    "inspected-mutual-tls": ("*.iot.us-west-2.amazonaws.com:*",),
}
"""Endpoints that do not work though no cause names them."""
