"""What proves that an endpoint works. A pass is never what is left when no rule spoke.

For TLS the host's identity is proved and bytes came from inside; for plain HTTP the answer is one that only the host
can have given; for another protocol the far end spoke it. The rules say what is wrong; this says what was seen.
"""

from collections.abc import Mapping

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.interception import Judgement
from proxycheck.diagnosis.rules.plain_http import decisive, same_without_the_proxy
from proxycheck.diagnosis.rules.plain_proofs import unproved
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.teamviewer import spoken

_ANSWERED = "answered"
_UNJUDGED = (
    "answered{status}; no page of somebody else's was recognised, and whether the content is right was not judged"
)
_AS_WITHOUT = "answered{status}, as it does without the proxy"
_HANDSHAKE_ALONE = "answered; whether bytes pass inside TLS was not asked in this run"
_BESIDE = "answered; that bytes pass inside TLS was seen at another host of its owner"


def proofs(case: Case, verdicts: Mapping[str, Judgement]) -> dict[str, str]:
    """Why each endpoint that works is known to, in words, by its id."""
    found = ((o.id, _proof(case, o, verdicts.get(o.id))) for o in case.observations)
    return {key: proof for key, proof in found if proof is not None}


def _proof(case: Case, observation: Observation, tls: Judgement | None) -> str | None:
    if observation.endpoint.speaks == "http":
        reply = decisive(observation)
        whole = reply is not None and unproved(case, observation) is None
        return _answered(case, observation, reply) if whole and _reached(observation) and reply is not None else None
    if not observation.proved:
        return None
    if observation.endpoint.speaks == "teamviewer":
        return _ANSWERED if _speaks_teamviewer(observation) else None
    if tls is None or tls.verdict != "passthrough" or not case.inside.proves(observation):
        return None
    if not case.inside.asked:
        return _HANDSHAKE_ALONE
    return _BESIDE if observation.heard is None else _ANSWERED


def _answered(case: Case, observation: Observation, reply: Reply) -> str:
    """What an answer to plain HTTP is worth: anybody on the way can write one, unless it is known beforehand."""
    if observation.endpoint.expect is not None:
        return _ANSWERED
    words = _AS_WITHOUT if same_without_the_proxy(case, observation, reply) else _UNJUDGED
    return words.format(status=f" {reply.status}" if reply.fails else "")


def _speaks_teamviewer(observation: Observation) -> bool:
    """Whether a message of TeamViewer's was the answer: older reports call any other an answer too."""
    return observation.payload is not None and spoken(observation.payload.received_bytes) == "teamviewer"


def _reached(observation: Observation) -> bool:
    return observation.decides == "forward" or observation.proved
