"""TLS completes with the host's own key. Does anything pass inside it?

A handshake under a genuine certificate shows who is at the other end, not that the proxy lets him speak afterwards. A
host may close for reasons of its own, because it wants a client's certificate or no HTTP; the same without the proxy,
or what most hosts of other owners do, tell the one from the other.
"""

from collections.abc import Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation, place_of
from proxycheck.model.text import counted

_HTTPS = 443
_UNRELATED = 2
_WORDS = {"eof": "closed", "reset": "reset", "timeout": "no answer"}


def cut_inside(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Tunnels in which TLS completes and not a byte comes afterwards."""
    heard = case.inside
    silent = heard.asked - heard.answered - heard.excused
    members = [
        o for o in unexplained if o.endpoint.speaks == "tls" and o.proved and o.inside is None and place_of(o) in silent
    ]
    nearly_all = len({owner for owner, _ in silent}) >= _UNRELATED and len(silent) * 2 > len(heard.asked)
    owed = [o for o in members if nearly_all or place_of(o) in heard.owed]
    if owed:
        said = f"{counted(len(owed), 'TLS handshake')} completed, and then nothing passed inside ({_ends(owed)})"
        beside = "not one host of any owner could say a byte"
        if heard.answered:
            beside = f"hosts of {counted(len(silent), 'owner')} could say nothing, those of {len(heard.answered)} could"
        beside = "without the proxy a host answers" if heard.owed else beside
        yield Finding("tunnel.dead", tuple(owed), "strong", (said, beside))
    left = [o for o in members if o not in owed]
    web = [o for o in left if o.endpoint.port == _HTTPS]
    if web:
        said = f"TLS completed, and no byte came to a request inside it ({_ends(web)}); the host may want it so"
        yield Finding("tunnel.dead", tuple(web), "weak", (said,), "degraded")
    others = [o for o in left if o not in web]
    if others:
        said = "TLS completed; what the host speaks inside it is not HTTP, and it said nothing to a request"
        yield Finding("tunnel.dead", tuple(others), "weak", (said,), "info")


def _ends(members: list[Observation]) -> str:
    names = {o.heard.failure.name for o in members if o.heard is not None and o.heard.failure is not None}
    return ", ".join(sorted(_WORDS.get(name, name) for name in names))
