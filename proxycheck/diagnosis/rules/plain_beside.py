"""What plain HTTP meets outside of tunnels, where the device asks in tunnels: no verdict, and worth a word."""

from collections import defaultdict
from collections.abc import Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.plain_http import foreign_redirect
from proxycheck.model.text import printable
from proxycheck.wire.domains import owner_of

_ONCE = (
    "It was seen outside of tunnels, where the device does not ask; in tunnels the same hosts answered. A page that "
    "has to be looked at or agreed to once lets an address pass for some time from then on, and it may be this test "
    "that has done so, for this computer. The device may meet the page, and nobody can agree there. Exempt the address "
    "of the device from it, and repeat the test from an address that has not been used yet."
)


def portal_outside(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Hosts of unrelated owners that redirect to one place of somebody else's, and whose tunnels are answered."""
    places: dict[str, list[Observation]] = defaultdict(list)
    for observation in case.observations:
        answer = observation.forward_answer
        if observation.decides == "tunnel" and observation.proved and answer is not None and answer.problem is None:
            place = foreign_redirect(observation, answer)
            if place is not None:
                places[place].append(observation)
    for place, sent in places.items():
        owners = {owner_of(o.endpoint.host) for o in sent}
        if len(owners - {owner_of(place)}) > 1:
            said = f"outside of tunnels {len(sent)} unrelated hosts redirect to {printable(place, 80)}"
            yield Finding("http.captive-portal", (), "weak", (said,), "degraded", final=False, detail=_ONCE)
