"""407: credentials are wanted, refused, or asked for in a way that the device does not speak."""

from collections.abc import Iterable, Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.cause import CauseCode
from proxycheck.model.text import printable
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.reply import Reply


def schemes(replies: Iterable[Reply]) -> tuple[str, ...]:
    """The schemes offered, in the proxy's spelling and order, each once."""
    found = (challenge.scheme for reply in replies for challenge in read_challenges(reply.raw_headers))
    return tuple(dict.fromkeys(printable(scheme, 40) for scheme in found))


def _decisive(observation: Observation) -> Reply | None:
    return observation.forward_answer if observation.decides == "forward" else observation.reply


def _credentials_sent(observation: Observation) -> bool:
    if observation.decides == "forward" and observation.forward is not None:
        return "proxy-authorization" in observation.forward.sent.lower()
    return observation.credentials_sent


def _accepted_somewhere(case: Case) -> bool:
    """Whether credentials opened anything that was closed without them."""
    return any(
        o.credentials_sent and o.reply is not None and o.reply.status not in (0, 401, 407) for o in case.observations
    )


def _asks(observation: Observation) -> bool:
    """407, or the 401 that some proxies answer to wrong credentials."""
    reply = _decisive(observation)
    if reply is None:
        return False
    return reply.status == 407 or (reply.status == 401 and observation.connect is not None
                                   and observation.decides == "tunnel")


def _statuses(observations: list[Observation]) -> str:
    found = {reply.status for o in observations if (reply := _decisive(o)) is not None}
    return ", ".join(str(status) for status in sorted(found))


def _finding(code: CauseCode, members: list[Observation], because: str) -> Finding:
    return Finding(code, tuple(members), "conclusive", (because,))


def refused(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Every 407 that no proven credentials could have prevented, by what the challenges say."""
    asked = [o for o in unexplained if _asks(o)]
    if not asked or (_accepted_somewhere(case) and all(_credentials_sent(o) for o in asked)):
        return
    replies = [reply for o in asked if (reply := _decisive(o)) is not None]
    offered = schemes(replies)
    usable = {name for name in (scheme.lower() for scheme in offered) if name in case.device.proxy.auth_schemes}
    rejected = [o for o in asked if _credentials_sent(o)]
    if not offered and not rejected:
        missing = [o for o in asked if not _elsewhere(case, o)]
        if missing:
            yield _finding("auth.challenge-missing", missing, "407 comes without a Proxy-Authenticate line")
    elif not usable and not rejected:
        said = f"the proxy offers {', '.join(offered)}; the device speaks only Basic"
        yield _finding("auth.scheme-unsupported", asked, said)
    elif rejected:
        yield _finding("auth.rejected", asked, f"the credentials were sent once and refused ({_statuses(rejected)})")
    elif any(o.connects and o.connects[-1].operation == "auth" for o in case.observations):
        yield _finding("auth.rejected", asked, "the credentials were refused once and not sent again")
    else:
        said = f"407 Proxy Authentication Required, offering {', '.join(offered)}; no credentials were given"
        yield _finding("auth.required", asked, said)


def _elsewhere(case: Case, observation: Observation) -> bool:
    """Whether other tunnels open without credentials: then a 407 without a challenge is a plain refusal."""
    return any(not o.credentials_sent and o.id != observation.id for o in case.opened)


def cut_off(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """The connection was cut as soon as credentials were sent."""
    cut = [o for o in unexplained if o.connect is not None and o.connect.operation == "auth" and o.ended]
    if cut and not _accepted_somewhere(case):
        said = f"after the credentials the connection ended ({cut[0].ended}) without an answer"
        yield Finding("auth.rejected", tuple(cut), "weak", (said,))
