"""Which TLS greetings pass? What the device sends decides; the others tell why, and warn of what is to come.

A greeting counts as rejected only where another one is answered by the same host. Dropped for unrelated hosts, it is
dropped by what they have in common: the way. A single host that refuses it may do so by itself, and the comparison
without the proxy settles that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.cause import Confidence
from proxycheck.model.device import FirstWords
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import HelloVariant, hello, hello_of
from proxycheck.model.text import counted, printable

_ENDS = {"eof": "the connection is closed", "reset": "the connection is reset", "timeout": "no answer"}
_DROPPED = frozenset(_ENDS)


class Greeted(Struct, frozen=True):
    """One host and the answers to all greetings it got, by profile; of a repeated one, the best."""

    observation: Observation
    answers: Mapping[HelloVariant, Evidence]

    def passes(self, profile: HelloVariant) -> bool:
        """Whether that greeting was answered in kind."""
        answer = self.answers.get(profile)
        return answer is not None and answer.failure is None

    def refused(self, profile: HelloVariant) -> bool:
        """Whether that greeting was sent and not answered in kind."""
        answer = self.answers.get(profile)
        return answer is not None and answer.failure is not None and not _heard(answer)

    def dropped(self, profile: HelloVariant) -> bool:
        """Whether that greeting got no answer at all."""
        answer = self.answers.get(profile)
        if answer is None or answer.failure is None or _heard(answer):
            return False
        return answer.failure.name in _DROPPED

    @property
    def others(self) -> list[HelloVariant]:
        """The greetings that were answered."""
        return [profile for profile in self.answers if self.passes(profile)]


def _heard(answer: Evidence) -> bool:
    """Whether the server said hello: what came to grief after that was not the greeting."""
    return answer.tls is not None and answer.tls.version is not None


def greeted(case: Case) -> list[Greeted]:
    """Every host that was greeted. What was not waited for as long as ordinary handshakes take here, and the host's
    own, says nothing."""
    found: dict[str, dict[HelloVariant, Evidence]] = defaultdict(dict)
    for record in case.of("hellos", "tls"):
        answers = found[record.endpoint or ""]
        profile = hello_of(record.variant)
        silent = record.failure is not None and record.failure.name == "timeout"
        own_s = case.handshakes_s.get(record.endpoint or "", 0.0)
        if profile is None or (silent and not case.says_something(record, beside_s=own_s)):
            continue
        if profile not in answers or answers[profile].failure is not None:
            answers[profile] = record
    return [Greeted(o, found[o.id]) for o in case.observations if o.id in found]


def rejected(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """The device's greeting, then the others."""
    hosts = greeted(case)
    own = HelloVariant(case.device.client_hello.profile)
    lost = [host for host in hosts if host.refused(own) and (host.others or host.observation.proved)]
    if len(lost) > 1 and not any(host.passes(own) for host in hosts):
        yield _everywhere(case, unexplained, lost, own)
    elif lost:
        left = {o.id for o in unexplained}
        for host in lost:
            if host.observation.id in left:
                yield _alone(case, host, own, hosts)
    yield from _unaffected(hosts, case.device.client_hello)


def _everywhere(case: Case, unexplained: Sequence[Observation], lost: Sequence[Greeted], own: HelloVariant) -> Finding:
    """The device sends the same greeting to every host: what is true of all that were asked is true of the rest."""
    members = tuple(o for o in unexplained if o.endpoint.speaks == "tls" and o.opened)
    directly = {_directly(case, host.observation, own) for host in lost} - {None}
    because = [
        f"the device's greeting ({_size(lost, own)}) is rejected for {len(lost)} unrelated hosts: {_ends(lost, own)}",
        f"the same hosts answer {_names(lost)}",
    ]
    if True in directly:
        because.append("without the proxy the same greeting is answered")
    elif directly:
        because.append("without the proxy it is rejected as well: something else on the way does it, not the proxy")
    confidence: Confidence = "conclusive" if True in directly else "strong"
    return Finding("tls.hello-rejected", members, confidence, tuple(because), without_proxy=directly == {False})


def _alone(case: Case, host: Greeted, own: HelloVariant, hosts: Sequence[Greeted]) -> Finding:
    """One host among others that take the greeting, or the only one asked."""
    observation, name = host.observation, host.observation.endpoint.host
    said = f"{name} rejects the device's greeting ({_ends([host], own)}) and answers {_names([host])}"
    directly = _directly(case, observation, own)
    if directly is False:
        words = "without the proxy it rejects that greeting as well: it is the host's own doing"
        return Finding("tls.hello-rejected", (observation,), "strong", (said, words), "info", without_proxy=True)
    if directly:
        words = "without the proxy it answers that greeting"
        return Finding("tls.hello-rejected", (observation,), "conclusive", (said, words))
    passing = sum(other.passes(own) for other in hosts)
    others = f"{passing} other hosts answer it" if passing else "no other host was asked"
    words = f"{others}; a host that does not want such clients would look the same"
    return Finding("tls.hello-rejected", (observation,), "weak", (said, words), "degraded")


def _unaffected(hosts: Sequence[Greeted], device: FirstWords) -> Iterator[Finding]:
    """Greetings that are dropped where the device's passes: nothing the device does, and good to know.

    What only some software on it may say is asked of one host, for the record: hosts refuse old clients as well."""
    own = HelloVariant(device.profile)
    also = {HelloVariant(name) for name in device.also}
    passing = [host for host in hosts if host.passes(own)]
    profiles = dict.fromkeys(profile for host in passing for profile in host.answers)
    profiles = {profile: None for profile in profiles if profile not in (own, *also)}
    because = []
    certain: list[Confidence] = []
    for profile in profiles:
        lost = [host for host in passing if host.refused(profile)]
        asked = [host for host in passing if profile in host.answers]
        own_doing = len(lost) == 1 and not lost[0].dropped(profile)  # an alert may be a host's own, unless all give it
        if not lost or len(lost) < len(asked) or own_doing:
            continue
        because.append(f"{_called(profile)} ({_size(lost, profile)}): {_ends(lost, profile)} ({_count(lost)})")
        certain.append("strong" if len(lost) > 1 else "weak")
    if because:
        said = f"the device's own greeting ({_size(passing, own)}) passes for {_count(passing)}: it is not affected"
        confidence: Confidence = "strong" if "strong" in certain else "weak"
        yield Finding("tls.hello-rejected", (), confidence, (said, *because), "info", final=False)


def _directly(case: Case, observation: Observation, own: HelloVariant) -> bool | None:
    """Whether the host answers the device's greeting without the proxy; None where that could not be asked."""
    record = case.outside(observation.id, "control_tls", hello(own.profile))
    return None if record is None else record.failure is None


def _called(profile: HelloVariant) -> str:
    if profile.split:
        return "the device's greeting cut into two segments, which it is too short to be on most networks"
    names = {"modern": "a current greeting with TLS 1.3", "large": "a greeting of more than one segment"}
    return names.get(profile.profile, f"the greeting of {profile.profile}")


def _names(hosts: Iterable[Greeted]) -> str:
    """The greetings that pass for each of these hosts, or for some of them."""
    passing = dict.fromkeys(profile for host in hosts for profile in host.others)
    return " and ".join(variant.label for variant in passing) or "an ordinary handshake"


def _size(hosts: Sequence[Greeted], profile: HelloVariant) -> str:
    sizes = [len(host.answers[profile].sent) for host in hosts if profile in host.answers]
    return f"{profile.profile}, {max(sizes)} bytes" if sizes else profile.label


def _ends(hosts: Sequence[Greeted], profile: HelloVariant) -> str:
    ends = []
    for host in hosts:
        failure = host.answers[profile].failure
        if failure is not None:
            ends.append(_ENDS.get(failure.name) or f"answered with {printable(failure.detail, 60)}")
    return ", ".join(dict.fromkeys(ends))


def _count(hosts: Sequence[Greeted]) -> str:
    return counted(len(hosts), "host")
