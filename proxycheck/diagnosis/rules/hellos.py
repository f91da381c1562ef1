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
from proxycheck.model.cause import Confidence, Severity
from proxycheck.model.device import FirstWords
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import HelloVariant, hello, hello_of
from proxycheck.model.text import counted, printable
from proxycheck.wire.domains import domain_of, owner_of

_ENDS = {"eof": "the connection is closed", "reset": "the connection is reset", "timeout": "no answer"}
_DROPPED = frozenset(_ENDS)
_CUT = frozenset(("eof", "reset"))
_NAMED = 4
"""So many hosts are named in a sentence."""


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

    def cut_short(self, profile: HelloVariant) -> bool:
        """Whether the answer to that greeting was cut before its end, where an ordinary handshake came to its own."""
        answer = self.answers.get(profile)
        if answer is None or answer.failure is None or not self.observation.proved:
            return False
        return _heard(answer) and answer.failure.name in _CUT

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
    own, says nothing; nor does an answer of which bytes still came, or a silence as it comes by chance here."""
    by_chance = _silent_by_chance(case)
    found: dict[str, dict[HelloVariant, Evidence]] = defaultdict(dict)
    for record in case.of("hellos", "tls"):
        answers = found[record.endpoint or ""]
        profile = hello_of(record.variant)
        own_s = case.handshakes_s.get(record.endpoint or "", 0.0)
        chance = (record.endpoint, record.variant) in by_chance
        undecided = record.timed_out and (chance or not case.says_something(record, beside_s=own_s))
        if profile is None or undecided or record.still_came:
            continue
        if profile not in answers or answers[profile].failure is not None:
            answers[profile] = record
    return [Greeted(o, found[o.id]) for o in case.observations if o.id in found]


def _silent_by_chance(case: Case) -> frozenset[tuple[str | None, str | None]]:
    """The greetings, by host, that were silent no more often than chance explains where silences come and go. One that
    nobody answered was not lost by chance."""
    asked: dict[tuple[str | None, str | None], list[Evidence]] = defaultdict(list)
    for record in case.of("hellos", "tls"):
        asked[record.endpoint, record.variant].append(record)
    answered = {variant for (_, variant), said in asked.items() if any(record.failure is None for record in said)}
    return frozenset(
        (host, variant)
        for (host, variant), said in asked.items()
        if variant in answered and len(asked) * case.silent_share ** len(said) > _ONCE_IN
    )


_ONCE_IN = 0.05
"""How many may be expected to be lost each time by chance before one that is counts as one of these."""


def rejected(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """The device's greeting, then the others."""
    hosts = greeted(case)
    own = HelloVariant(case.device.client_hello.profile)
    refused = [host for host in hosts if host.refused(own) and (host.others or host.observation.proved)]
    lost = [host for host in hosts if host in refused or host.cut_short(own)]
    if len(lost) > 1 and not any(host.passes(own) for host in hosts):
        yield _everywhere(case, unexplained, lost, own)
    elif lost:
        left = {o.id for o in unexplained}
        yield from _for_some(case, [host for host in lost if host.observation.id in left], own, hosts)
    yield from _unaffected(hosts, case.device.client_hello)


def _everywhere(case: Case, unexplained: Sequence[Observation], lost: Sequence[Greeted], own: HelloVariant) -> Finding:
    """The device sends the same greeting to every host: what is true of all that were asked is true of the rest. Where
    another greeting passes there, a host that takes neither has something else against it."""
    passing = any(host.observation.proved for host in lost)
    found = {host.observation.id for host in lost}
    opened = (o for o in unexplained if o.endpoint.speaks == "tls" and o.opened)
    members = tuple(o for o in opened if o.proved or o.id in found or not passing)
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


def _for_some(case: Case, lost: Sequence[Greeted], own: HelloVariant, hosts: Sequence[Greeted]) -> Iterator[Finding]:
    """Hosts among others that take the greeting, or the only one asked. Several of unrelated owners that are cut off
    without a word have only the way in common; where others of their domains are not, it may be chance."""
    directly = {host.observation.id: _directly(case, host.observation, own) for host in lost}
    doing = [host for host in lost if directly[host.observation.id] is False]
    taken = [host for host in lost if directly[host.observation.id]]
    rest = [host for host in lost if directly[host.observation.id] is None]
    taking = {domain_of(host.observation.endpoint.host) for host in hosts if host.passes(own)}
    cut = [host for host in rest if _ends_without_words(host.answers[own])]
    chance = any(domain_of(host.observation.endpoint.host) in taking for host in cut)
    owners = {owner_of(host.observation.endpoint.host) for host in cut}
    if doing:
        words = "without the proxy it rejects that greeting as well: it is the host's own doing"
        yield _of_hosts(doing, own, words, "strong", "info", without_proxy=True)
    if taken:
        # What could not be asked without the proxy, and is lost without a word in the same way, is lost to the same.
        ways = {_way(host.answers[own]) for host in taken}
        certain = [h for h in cut if domain_of(h.observation.endpoint.host) not in taking]
        like = [host for host in certain if _way(host.answers[own]) in ways]
        rest, cut = [h for h in rest if h not in like], [h for h in cut if h not in like]
        first = taken[0].observation.endpoint.host if like else "it"
        words = f"without the proxy {first} answers that greeting"
        yield _of_hosts([*taken, *like], own, words, "strong" if like else "conclusive")
    passing = sum(other.passes(own) for other in hosts)
    others = f"{counted(passing, 'other host')} {'answers' if passing == 1 else 'answer'} it"
    if cut and len(owners) > 1 and not chance:
        words = f"{others}; these are hosts of {len(owners)} unrelated owners"
        yield _of_hosts(cut, own, words, "strong")
        rest = [host for host in rest if host not in cut]
    if rest:
        beside = others if passing else "no other host was asked"
        words = f"{beside}; a host that does not want such clients would look the same"
        yield _of_hosts(rest, own, words, "weak", "degraded")


def _of_hosts(
    hosts: Sequence[Greeted],
    own: HelloVariant,
    words: str,
    confidence: Confidence,
    severity: Severity | None = None,
    *,
    without_proxy: bool = False,
) -> Finding:
    names = [host.observation.endpoint.host for host in hosts]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    verbs = ("rejects", "answers") if len(names) == 1 else ("reject", "answer")
    said = f"{', '.join(names[:_NAMED])}{more} {verbs[0]} the device's greeting ({_ends(hosts, own)})"
    because = (f"{said} and {verbs[1]} {_names(hosts)}", words)
    members = tuple(host.observation for host in hosts)
    return Finding("tls.hello-rejected", members, confidence, because, severity, without_proxy=without_proxy)


def _way(answer: Evidence) -> str:
    """How a greeting was lost without a word: a connection that was cut, or silence."""
    name = answer.failure.name if answer.failure is not None else ""
    return "cut" if name in _CUT else name


def _ends_without_words(answer: Evidence) -> bool:
    """Whether the connection was cut or stayed silent: a host that wants no such client says so in an alert."""
    return answer.failure is not None and answer.failure.name in _DROPPED


def _unaffected(hosts: Sequence[Greeted], device: FirstWords) -> Iterator[Finding]:
    """Greetings that are dropped where the device's passes: nothing the device does, and good to know.

    What only some software on it may say is asked of one host, for the record: hosts refuse old clients as well."""
    own = HelloVariant(device.profile)
    also = {HelloVariant(name) for name in device.also}
    passing = [host for host in hosts if host.passes(own) and host.observation.proved]
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
        detail = _LARGE if _only_large_ones_are_silent(passing, own, profiles) else None
        words = (said, *because)
        yield Finding(
            "tls.hello-rejected", (), confidence, words, "info", final=False, detail=detail, told_as="in_part"
        )


_LARGE = (
    "Only the one that fills whole packets is silent: packets beyond some size seem to be lost on the way (MTU). What "
    "the device uploads may be lost in the same way, which this test does not send without --canary. Check that large "
    "packets pass between here, the proxy and the internet, and the ICMP messages which say that one is too large."
)


def _only_large_ones_are_silent(hosts: Sequence[Greeted], own: HelloVariant, profiles: Iterable[HelloVariant]) -> bool:
    """Whether the large greeting alone is lost without a word, and one in two small packets is not."""
    ends = {profile: [h.answers[profile].failure for h in hosts if h.refused(profile)] for profile in profiles}
    silent = {profile for profile, found in ends.items() if found and all(f and f.name == "timeout" for f in found)}
    split = HelloVariant(own.profile, split=True)
    return silent == {HelloVariant("large")} and any(host.passes(split) for host in hosts)


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
