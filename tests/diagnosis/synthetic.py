"""Evidence made by hand: what a proxy answered for each endpoint of a small device, without any network.

A `World` says in a few words how a proxy behaves; `evidence` writes down what the checks would have recorded of it, and
`judged` is what the diagnosis makes of that. Answers are bytes, or the name of an end without an answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from msgspec import structs

from proxycheck.diagnosis.judgement import Diagnosis, diagnose
from proxycheck.diagnosis.observation import Case, open_case
from proxycheck.diagnosis.trust import Trust
from proxycheck.model.device import Device, Endpoint, PlainHttp, Scheme, Speaks
from proxycheck.model.evidence import Ended, Evidence, TlsEvidence
from proxycheck.model.failure import Failure, FailureName, Operation
from proxycheck.model.questions import CheckId
from proxycheck.model.target import ProxyAddress
from proxycheck.model.trust import TrustAnchors
from proxycheck.net.exchange import how_it_ended
from proxycheck.wire.certificates.verification import RootStore
from proxycheck.wire.domains import domain_of
from proxycheck.wire.http.reply import read_reply
from proxycheck.wire.teamviewer import spoken
from tests.support import known
from tests.support.answers import OPEN, answer
from tests.support.chains import NOBODY, Issued, authority, leaf

End = Literal["empty", "reset", "timeout", "refused", "unresolvable", "unreachable", "tls-alert"]
Answer = bytes | End
PROXY = ProxyAddress("http", "192.0.2.1", 3128)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_FAILURES: Mapping[str, FailureName] = {"empty": "eof"}
_ENDED: Mapping[str, Ended] = {"empty": "eof", "reset": "reset", "timeout": "timeout"}


def endpoint(
    host: str,
    port: int = 443,
    *,
    tier: Literal["required", "recommended", "optional"] = "required",
    speaks: Speaks | None = None,
    any_of: str | None = None,
    generate_204: bool = False,
) -> Endpoint:
    """One need of the small device."""
    spoken: Speaks = speaks or ("http" if port == 80 else "tls")
    scheme: Scheme = {"http": "http", "tls": "https", "teamviewer": "tcp"}[spoken]  # type: ignore[assignment]
    return Endpoint(
        host=host,
        port=port,
        scheme=scheme,
        tier=tier,
        function="a function",
        speaks=spoken,
        any_of=any_of,
        expect="generate_204" if generate_204 else None,
    )


NAMES = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
SECURE = tuple(endpoint(f"www.{name}.example") for name in NAMES)
PLAIN = tuple(endpoint(f"www.{name}.example", 80) for name in ("alpha", "bravo", "charlie"))
CHECKED = endpoint("check.india.example", 80, generate_204=True)
PUSH = endpoint("push.juliet.example", 5228)
ALL = (*SECURE, *PLAIN, CHECKED, PUSH)


@cache
def _public() -> Issued:
    """The authority that issues for every host of these worlds."""
    return authority("Public Root")


@cache
def certificate_of(host: str) -> str:
    """What a host shows, as PEM."""
    return leaf(_public(), host).pem.decode("ascii")


@cache
def trust() -> Trust:
    """The authority of these worlds is public."""
    store = RootStore(TrustAnchors(name="made by hand", certificates=(_public().der,)))
    return Trust(public=store, device=None, logs={}, custom=True, custom_logs=True, listed=NOBODY, at=NOW)


@cache
def device(plain_http: PlainHttp) -> Device:
    """A device that speaks Basic and of whose reply parser nothing is known."""
    model = known.device("sendpro-c")
    support = structs.replace(model.proxy, dialect=None, plain_http=plain_http, auth_schemes=("basic",))
    return structs.replace(model, proxy=support, endpoints=ALL)


def nobody(_: Endpoint) -> Answer | None:
    """Never measured."""
    return None


def alive(what: Endpoint) -> Answer | None:
    """Every host answers in kind."""
    if what.speaks == "http":
        owner, _, _ = domain_of(what.host).partition(".")
        return answer(204) if what.expect else answer(200, f"<h1>{what.host}</h1>", Server=f"origin of {owner}")
    return VIEWER_MESSAGE if what.speaks == "teamviewer" else b""


VIEWER_MESSAGE = bytes.fromhex("172411041d000000") + bytes(29)
"""What a TeamViewer server answers."""


@dataclass(frozen=True)
class World:
    """A proxy and what is behind it. `connect` answers CONNECT (None: not measured), `inside` is what comes in an open
    tunnel (empty bytes: what is hoped for), `forward` answers absolute-form requests. `nonexistent`, `own_address`,
    `own_port` and `own_page` are the answers to controls, `in_nonexistent` what comes in the tunnel to a name that
    cannot exist, `server_names` the ends of handshakes with these names in a working host's tunnel, `in_tls` answers
    inside TLS, `heard` what comes to a request for bytes there; `tunnel_for_no_name` and `page_for_no_name` what
    CONNECT to port 80 of a name that cannot exist brings. A handshake that completes takes `handshake_s` seconds.
    `outside_http` are answers without the proxy, with variants; `outside` the controls beside the proxy by endpoint:
    `control_dns`, `control_tcp` and `control_tls` in turn. `repeats` is what came, by its name, of the `repeated`
    endpoints when they were asked for once more."""

    connect: Callable[[Endpoint], Answer | None] = lambda _: OPEN
    inside: Callable[[Endpoint], Answer | None] = alive
    forward: Callable[[Endpoint], Answer | None] = nobody
    endpoints: Sequence[Endpoint] = ALL
    plain_http: PlainHttp = "tunnel"
    nonexistent: Answer | None = None
    own_address: Answer | None = None
    own_port: Answer | None = None
    own_page: Answer | None = None
    in_nonexistent: Answer | None = None
    server_names: Mapping[str, Answer] = field(default_factory=dict)
    in_tls: Mapping[str, bytes] = field(default_factory=dict)
    heard: Mapping[str, Answer] = field(default_factory=dict)
    tunnel_for_no_name: Answer | None = None
    page_for_no_name: Answer = "empty"
    outside_http: Mapping[str, tuple[str, Answer]] = field(default_factory=dict)
    outside: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    greetings: Mapping[str, Answer] = field(default_factory=dict)
    reach: Sequence[Answer] = (b"",)
    proxy: ProxyAddress = PROXY
    interrupted: bool = False
    repeats: Mapping[str, Answer] = field(default_factory=dict)
    repeated: Sequence[Endpoint] = ()
    handshake_s: float = 0.1

    def evidence(self) -> tuple[Evidence, ...]:
        """What the checks would have recorded, in their order."""
        notes = _Notes(self.handshake_s)
        for end in self.reach:
            tried: Operation = "proxy_dns" if end == "unresolvable" else "proxy_tcp"
            notes.add("reachability", tried, None, end, variant=self.proxy.host)
        for what in self.endpoints:
            self._tunnel(notes, what)
        for variant, said in self.greetings.items():
            notes.add("greeting", "proxy_greeting", None, said, variant=variant)
        for what in self.endpoints:
            self._absolute(notes, what)
        self._controls(notes)
        for name, said in self.repeats.items():
            for what in self.repeated:
                notes.add("controls", "connect", what.id, said, variant=f"{name}:{what.host}")
        for name, controls in self.outside.items():
            for operation, said in zip(("control_dns", "control_tcp", "control_tls"), controls, strict=False):
                notes.add("outside", operation, name, said)  # type: ignore[arg-type]
        return tuple(notes.records)

    def _tunnel(self, notes: "_Notes", what: Endpoint) -> None:
        said = self.connect(what)
        if said is None:
            return
        if said == "refused":
            notes.add("endpoints", "proxy_tcp", what.id, said)
            return
        opened = notes.add("endpoints", "connect", what.id, said)
        came = self.inside(what) if opened else None
        if came is not None:
            spoken: dict[Speaks, Operation] = {"tls": "tls", "http": "http", "teamviewer": "tunnel"}
            notes.add("endpoints", spoken[what.speaks], what.id, came, host=what.host)
        if opened and what.id in self.in_tls:
            notes.add("endpoints", "http", what.id, self.in_tls[what.id], variant="inside-tls")
        if opened and what.id in self.heard:
            notes.add("endpoints", "http", what.id, self.heard[what.id], variant="answer-inside-tls")

    def _absolute(self, notes: "_Notes", what: Endpoint) -> None:
        said = self.forward(what) if what.speaks == "http" else None
        if said is not None:
            notes.add("plain-http", "http_forward", what.id, said)

    def _controls(self, notes: "_Notes") -> None:
        if self.own_page is not None:
            notes.add("plain-http", "http_forward", "nonce.invalid:80", self.own_page, variant="own-page")
        asked = (
            ("nonexistent-name", "nonce.invalid:443", self.nonexistent, self.in_nonexistent),
            ("own-address", "192.0.2.1:443", self.own_address, None),
            ("own-port", "192.0.2.1:3128", self.own_port, None),
        )
        for variant, target, said, inside in asked:
            if said is None:
                continue
            opened = notes.add("controls", "connect", target, said, variant=variant)
            if opened:
                notes.add("controls", "tls", target, inside or "empty", variant=variant)
        if self.tunnel_for_no_name is not None:
            variant = "page-for-no-name"
            opened = notes.add("controls", "connect", "nonce.invalid:80", self.tunnel_for_no_name, variant=variant)
            if opened:
                notes.add("controls", "http", "nonce.invalid:80", self.page_for_no_name, variant=variant)
        for name, (variant, said) in self.outside_http.items():
            notes.add("outside", "http", name, said, variant=variant or None)
        for host, end in self.server_names.items():
            variant = f"server-name:{host}"
            notes.add("controls", "connect", "www.alpha.example:443", OPEN, variant=variant)
            notes.add("controls", "tls", "www.alpha.example:443", end, variant=variant, host=host)

    def case(self) -> Case:
        """What the rules look at."""
        return open_case(device(self.plain_http), self.endpoints, self.proxy, self.evidence(), known.knowledge())

    def judged(self) -> Diagnosis:
        """What is made of it."""
        return diagnose(self.case(), trust(), interrupted=self.interrupted)


_SILENT_S = 10.0
"""How long a run waits for an answer."""


class _Notes:
    def __init__(self, handshake_s: float) -> None:
        self._handshake_s = handshake_s
        self.records: list[Evidence] = []

    def add(
        self,
        check: CheckId,
        operation: Operation,
        target: str | None,
        said: Answer,
        *,
        variant: str | None = None,
        host: str | None = None,
    ) -> bool:
        """Writes one record; whether the operation went well."""
        received, ended, failure = _outcome(operation, said)
        chain = (certificate_of(host),) if failure is None and host and check == "endpoints" else ()
        shown = TlsEvidence(server_name=host or "", authenticated=failure is None, chain=chain)
        tls = shown if operation == "tls" else None
        silent = failure is not None and failure.name == "timeout"
        record = Evidence(
            id=f"e{len(self.records) + 1}",
            check=check,
            operation=operation,
            endpoint=target,
            started_s=len(self.records) / 100,
            duration_s=_SILENT_S if silent else self._handshake_s if operation == "tls" else 0.1,
            sent="",
            received=received,
            ended=ended,
            failure=failure,
            tls=tls,
            variant=variant,
            note=_note(operation, said),
        )
        self.records.append(record)
        return failure is None


def _note(operation: Operation, said: Answer) -> str | None:
    plain = operation in ("http", "http_forward") and isinstance(said, bytes)
    return how_it_ended(read_reply("GET", said, closed=True), "eof") if plain and isinstance(said, bytes) else None


def _outcome(operation: Operation, said: Answer) -> tuple[str, Ended, Failure | None]:
    if isinstance(said, str):
        name: FailureName = _FAILURES.get(said, said)  # type: ignore[arg-type]
        return "", _ENDED.get(said, "closed"), Failure(name, operation, f"{said}, says the test")
    text = said.decode("latin-1")
    if operation in ("connect", "http", "http_forward"):
        reply = read_reply("CONNECT" if operation == "connect" else "GET", said, closed=False)
        if reply.problem is not None:
            return text, "eof", Failure("malformed", operation, "the answer is not HTTP")
        if operation == "connect" and not reply.success:
            return text, "open", Failure("refused-by-peer", operation, f"{reply.status} {reply.reason}")
        return text, "open", None
    if operation == "tunnel" and spoken(said) == "teamviewer":
        return text, "open", None
    if operation in ("tls", "tunnel") and said:
        return text, "eof", Failure("malformed", operation, "not what was hoped for")
    return text, "open", None


def causes(diagnosis: Diagnosis) -> dict[str, tuple[str, str, frozenset[str]]]:
    """Severity, confidence and endpoints of each cause, by code. Fails where a code stands twice."""
    assert len({cause.code for cause in diagnosis.causes}) == len(diagnosis.causes), diagnosis.causes
    return {cause.code: (cause.severity, cause.confidence, frozenset(cause.endpoints)) for cause in diagnosis.causes}


def ids(*groups: Sequence[Endpoint] | Endpoint) -> frozenset[str]:
    """The names of endpoints."""
    return frozenset(e.id for group in groups for e in ([group] if isinstance(group, Endpoint) else group))


def only(
    wanted: Sequence[Endpoint] | Endpoint, said: Answer | None, otherwise: Answer | None
) -> Callable[[Endpoint], Answer | None]:
    """One answer for some endpoints and another for all the rest."""
    chosen = ids(wanted)
    return lambda what: said if what.id in chosen else otherwise
