"""Why an answer to plain HTTP proves nothing of its host, where no cause is told of it.

Nobody is accused: a host may answer so. Somebody on the way may as well, and a pass is a proof.
"""

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.plain_http import decisive, foreign_redirect, place_of, same_without_the_proxy
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.model.questions import CUT_SHORT
from proxycheck.model.text import printable
from proxycheck.wire.http.leads import asks_for_password
from proxycheck.wire.http.reply import Reply

_FOR_A_GATEWAY = "it answers as a gateway does that does not reach the host, and that may be the proxy"
_UNASKED = {
    206: "it answers with a part of the content, and no part was asked for",
    304: "it answers that nothing has changed, and that was not asked",
    502: _FOR_A_GATEWAY,
    504: _FOR_A_GATEWAY,
}
"""Answers to requests of another kind (RFC 9110 sections 15.3.7 and 15.4.5), which a host gives not to this one, and
those of gateways (sections 15.6.3 and 15.6.5)."""


def unproved(case: Case, observation: Observation) -> str | None:
    """Why a well-formed answer proves nothing by itself, in words: the content that it announces did not come, it
    answers what was not asked, or it leads away from the host. None where it is whole."""
    record = observation.forward if observation.decides == "forward" else observation.payload
    reply = decisive(observation)
    if record is None or reply is None:
        return None
    if record.note == CUT_SHORT:
        return "its answer ends before the content that it announces"
    if record.ended == "timeout" and (reply.values("Content-Length") or reply.values("Transfer-Encoding")):
        return "the content that its answer announces did not come in time"
    why = _UNASKED.get(reply.status) or _leads_away(observation, reply) or _as_others(case, observation, reply)
    return None if why is None or same_without_the_proxy(case, observation, reply) else why


def _leads_away(observation: Observation, reply: Reply) -> str | None:
    place = foreign_redirect(observation, reply)
    if place is not None:
        return f"its answer leads to {printable(place, 80)}, somebody else's place, and the host may not have said so"
    if reply.status < 400 and asks_for_password(reply):
        return "its answer asks for a password, as the page of a portal does, and the host may not have said so"
    return None


def _as_others(case: Case, observation: Observation, reply: Reply) -> str | None:
    """Hosts that are all overloaded in the same words."""
    if not reply.for_now:
        return None
    own = shape(reply, place_of(observation))
    for other in case.observations:
        said = decisive(other) if other.endpoint.host != observation.endpoint.host else None
        if said is not None and said.status == reply.status and alike(own, shape(said, place_of(other))):
            return f"it answers {reply.status} in the words of another host, and that may be the proxy"
    return None
