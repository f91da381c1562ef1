"""Connections to the proxy and tunnels through it: TCP, CONNECT, and authentication as the device does it."""

import asyncio
from collections.abc import Callable

from msgspec import Struct, field

from proxycheck.model.device import ConnectDialect
from proxycheck.model.evidence import Ended
from proxycheck.model.failure import Failure, Operation
from proxycheck.model.questions import BARE, NEVER_CAME, REFUSED_WITH, SPARED, STAYED_OPEN, CheckId, Left, after_407
from proxycheck.model.target import ProxyAddress, Target
from proxycheck.net.authentication.gate import CredentialGate
from proxycheck.net.authentication.turns import Place, Turn, place_of
from proxycheck.net.exchange import BODY_GRACE_S, content_of_success, exchange, how_it_ended, missing_content
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.patience import Patience
from proxycheck.net.stream import Dialler, Stream, dial
from proxycheck.net.trace import Recorder, Trace
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.refusal import login_answer
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.reply import Reply, ReplyReader
from proxycheck.wire.http.request import connect_request, user_agent_of

_ASKS = 407
FRESH_S = 1.0
"""How old a connection may be before its first request; proxies close idle ones after some seconds."""
LATE_CLOSE_S = 0.1
"""How long to watch a connection after a 407: some proxies close it without saying so."""


class ProxyRoute(Struct):
    """How this run reaches the proxy. `address` is the one that answered, filled in by the first check.

    `patience` has the deadline of each stage. `unasked` says that the device sends credentials without being asked,
    so that a 407 without any challenge does not stop it. `asked` are the kinds of request that the proxy has answered
    by 407: another kind goes out as the device sends it, without credentials, until it is asked for some. `bare` are
    the targets to which a tunnel was refused without credentials, by an answer that asks for none: what is asked of
    them again begins in the same way. `stalls`: the content of a 407 was waited for to the deadline, and did not
    come. `both_steps` says whether a 407 to credentials sent unasked was answered by taking them a second time; None as
    long as it has not been tried. `alike` are the owners and ports where what is refused with credentials is refused
    without as well. `content_grace_s` says for how long the device throws away the content that an answer announces
    which opens a tunnel, None where it takes that for the tunnel's."""

    proxy: ProxyAddress
    dialect: ConnectDialect
    gate: CredentialGate
    trace: Trace
    patience: Patience
    user_agent: str | None = None
    address: str | None = None
    dialler: Dialler = dial
    unasked: bool = False
    asked: set[Operation] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    stalls: bool = False
    both_steps: bool | None = None
    answering: asyncio.Lock = field(default_factory=asyncio.Lock)
    alike: set[tuple[str, int]] = field(default_factory=set)
    content_grace_s: float | None = None
    waiting: list[Stream] = field(default_factory=list)

    @property
    def timeout_s(self) -> float:
        """The deadline of a stage that begins now, in seconds."""
        return self.patience.timeout_s

    @property
    def skipped_s(self) -> float:
        """How long the announced content of a 407 may take: where some never came, the next has less."""
        return BODY_GRACE_S if self.stalls else self.timeout_s

    def missing(self, reply: Reply, ended: Ended) -> str | None:
        """The note for a 407 whose content did not come as announced, else None."""
        note = missing_content(reply, ended)
        self.stalls = self.stalls or note == NEVER_CAME
        return note

    @property
    def agent(self) -> str:
        """The User-Agent in force."""
        return user_agent_of(self.dialect, self.user_agent)

    @property
    def begins_with_credentials(self) -> bool:
        """Whether tunnels are asked for with credentials at once, though the device waits until it is asked for."""
        return not (self.unasked or self.both_steps) and "connect" in self.asked

    def proven(self, operation: Operation, target: Target) -> str | None:
        """The `Proxy-Authorization` value with which a request of this kind may begin; None where it goes without."""
        asked = operation in self.asked and not (operation == "connect" and target.id in self.bare)
        return self.gate.proven() if self.unasked or (asked and not self.both_steps) else None

    async def open(
        self, check: CheckId, target: Target, *, variant: str | None = None, stream: Stream | None = None
    ) -> "Tunnel | None":
        """A tunnel to the target, as `open_tunnel` opens it, None when there is none; on `stream` where one is open."""
        opened = await open_tunnel(self, check, target, variant=variant, stream=stream)
        return opened if isinstance(opened, Tunnel) else None

    async def connect(self, check: CheckId, endpoint: str | None, *, variant: str | None = None) -> Stream | None:
        """A TCP connection to the proxy, recorded as `proxy_tcp`; None when there is none."""
        if self.waiting:
            return self.waiting.pop()
        recorder = self.trace.begin(check, "proxy_tcp", endpoint, variant=variant)
        try:
            async with asyncio.timeout(self.timeout_s):
                stream = await self.dialler(self.address or self.proxy.host, self.proxy.port)
        except (OSError, UnicodeError) as error:
            failure = failure_of(error, "proxy_tcp")
            recorder.finish(ended_by(failure), failure)
            return None
        recorder.finish("open")
        return stream


class Tunnel(Struct):
    """An open tunnel: the stream behind a 2xx answer. `content` is what the answer announced as its own and the device
    throws away."""

    stream: Stream
    reply: Reply
    content: bytes = b""

    @property
    def early(self) -> bytes:
        """The bytes of the tunnel that came right with the answer."""
        return self.reply.early[len(self.content) :]


class Refused(Struct, frozen=True):
    """No tunnel. `reply` is the well-formed answer that refused it; None where none came."""

    reply: Reply | None = None


def finish_reply(
    recorder: Recorder,
    reply: Reply,
    ended: Ended,
    failure: Failure | None,
    operation: Operation,
    note: str | None = None,
) -> None:
    """Closes the record of an answered request; a well-formed refusal is the failure `refused-by-peer`."""
    if failure is None and not reply.success:
        failure = Failure("refused-by-peer", operation, f"{reply.status} {reply.reason}".strip())
    recorder.finish(ended, failure, note=note)


async def open_tunnel(
    route: ProxyRoute, check: CheckId, target: Target, *, variant: str | None = None, stream: Stream | None = None
) -> Tunnel | Refused:
    """`CONNECT target`, with credentials where the proxy asks for them. On `stream` where a connection to the proxy is
    open already.

    All that happens is recorded (`proxy_tcp`, `connect`, `auth`) under the target's id."""

    def request(authorization: str | None) -> bytes:
        return connect_request(target, route.dialect, user_agent=route.user_agent, authorization=authorization)

    answered = await ask(route, check, target, "connect", request, variant=variant, stream=stream)
    if answered is None:
        return Refused()
    if answered.reply.success:
        return answered
    await answered.stream.close()
    return Refused(answered.reply)


async def ask(
    route: ProxyRoute,
    check: CheckId,
    target: Target,
    operation: Operation,
    request: Callable[[str | None], bytes],
    *,
    variant: str | None = None,
    stream: Stream | None = None,
) -> Tunnel | None:
    """Sends a request to the proxy, on `stream` where one is open already; after a 407 it tries the credentials once,
    as the gate allows.

    Returns the stream with the last answer, or None when no well-formed answer came, or nothing is sent any more."""
    begun = len(route.trace.evidence)
    stream = stream or await route.connect(check, target.id, variant=variant)
    if stream is None:
        return None
    sender = _Sender(route, check, target, operation, request, variant, begun)
    if route.gate.exhausted(operation):
        await sender.spare(stream)
        return None
    value = route.proven(operation, target)
    if value is not None:
        return await _begin_with(sender, stream, value)
    answered = await sender.send(stream, None, operation)
    if answered is not None:
        _remember(sender, answered.reply, sent=False)
    if answered is None or not _may_answer(answered.reply, unasked=route.unasked):
        return answered
    if check == "controls" and route.gate.state == "untested":
        return answered  # a name that cannot exist is no place to prove a password at
    try:
        return await _log_in(sender, answered)
    except asyncio.CancelledError:
        recorder = route.trace.begin(check, "auth", target.id, variant=variant)
        recorder.finish("closed", Failure("cancelled", "auth", "the run was interrupted before this was answered"))
        raise


def _remember(sender: "_Sender", reply: Reply, *, sent: bool) -> None:
    """Keeps what an answer tells of logins for the requests that follow; `sent`: it is one to credentials."""
    route, operation = sender.route, sender.operation
    if reply.status == _ASKS:
        route.asked.add(operation)
    elif operation == "connect" and not sent and not reply.success:
        route.bare.add(sender.target.id)
    if sent:
        route.gate.sent_again(operation, login_answer(reply))


async def _begin_with(sender: "_Sender", stream: Stream, value: str) -> Tunnel | None:
    """Sends credentials that were accepted, unasked, as soon as they may go there. A device that waits for a 407 may
    fare otherwise: what was refused may have been the asking order, or the user."""
    route = sender.route
    async with route.gate.turns.turn(sender.place, needed=sender.check == "endpoints") as turn:
        if turn is None:
            await sender.spare(stream)
            return None
        ready = await sender.fresh(stream, turn)
        answered = None if ready is None else await sender.send(ready, value, sender.operation)
        if answered is None:
            return None
        _remember(sender, answered.reply, sent=True)
        turn.answer = "undecided" if _offers_others(answered.reply) else login_answer(answered.reply)
        waits = sender.operation == "connect" and not route.unasked
        if waits and answered.reply.status == _ASKS and _may_answer(answered.reply, unasked=False):
            second = await _answered_where_it_asks(sender, answered, value)
            turn.answer = login_answer(None if second is None else second.reply)
            return second
    return await _perhaps_without(sender, answered) if waits else answered


async def _perhaps_without(sender: "_Sender", answered: Tunnel) -> Tunnel | None:
    """The last word on what is refused with credentials sent unasked, and may open without."""
    if (
        answered.reply.status in _BY_RULE
        and login_answer(answered.reply) == "undecided"
        and await _opens_without(sender)
    ):
        route, target = sender.route, sender.target
        route.trace.set_aside(sender.begun, sender.check, target.id, REFUSED_WITH)
        route.bare.add(target.id)
        await answered.stream.close()
        return await ask(route, sender.check, target, "connect", sender.request, variant=sender.variant)
    return answered


_BY_RULE = frozenset(range(300, 500)) - {_ASKS, 408, 429}
"""Answers that may be a rule about who asks: no failure further on, and nothing that passes by itself."""


async def _answered_where_it_asks(sender: "_Sender", answered: Tunnel, value: str) -> Tunnel | None:
    """A 407 is answered on its own connection, once in a run: where that is accepted, the proxy wants both steps each
    time, as the device takes them; where it is refused, nothing is answered so again."""
    route = sender.route
    async with route.answering:
        if route.both_steps is False or (route.both_steps is None and sender.check == "controls"):
            return answered
        if await left_after(answered) != "open":
            return answered
        second = await sender.send(answered.stream, value, "auth", STAYED_OPEN)
        answer = login_answer(None if second is None else second.reply)
        route.gate.sent_again("connect", answer)
        if route.both_steps is None:
            route.both_steps = answer == "accepted"
        return second


async def _opens_without(sender: "_Sender") -> bool:
    """Whether a tunnel opens without credentials that was refused with them; asked of each owner and port until one
    does not."""
    route, target = sender.route, sender.target
    place = (owner_of(target.host), target.port)
    if place in route.alike or target.id in route.bare or sender.check == "controls":
        return False
    stream = await route.connect("authentication", target.id, variant=BARE)
    if stream is None:
        return False
    asking = _Sender(route, "authentication", target, "connect", sender.request, BARE, sender.begun)
    bare = await asking.send(stream, None, "connect")
    await stream.close()
    opens = bare is not None and bare.reply.success
    if not opens:
        route.alike.add(place)
    return opens


async def _log_in(sender: "_Sender", answered: Tunnel) -> Tunnel | None:
    gate = sender.route.gate
    async with gate.proof() as value:
        if value is None:
            return answered
        if gate.state == "accepted":
            return await _log_in_again(sender, answered, value)
        stream = await sender.ready(answered)
        if stream is None:
            return None  # nothing was sent: the next one may try
        second = await sender.send(stream, value, "auth", STAYED_OPEN if stream is answered.stream else None)
        # Cut off without a word they count as refused: they are never sent again.
        gate.settle(login_answer(None if second is None else second.reply))
        if gate.proven() is not None:
            gate.turns.taken(sender.place)
        return second


async def _log_in_again(sender: "_Sender", answered: Tunnel, value: str) -> Tunnel | None:
    """Answers a 407 with credentials that were accepted before, as soon as they may go there."""
    gate = sender.route.gate
    async with gate.turns.turn(sender.place, needed=sender.check == "endpoints") as turn:
        if turn is None:
            await sender.spare(answered.stream)
            return None
        stream = await sender.ready(answered)
        if stream is None:
            return None
        second = await sender.send(stream, value, "auth", STAYED_OPEN if stream is answered.stream else None)
        answer = login_answer(None if second is None else second.reply)
        gate.sent_again(sender.operation, answer)
        turn.answer = "undecided" if second is not None and _offers_others(second.reply) else answer
        return second


class _Sender(Struct):
    route: ProxyRoute
    check: CheckId
    target: Target
    operation: Operation
    request: Callable[[str | None], bytes]
    variant: str | None
    begun: int

    async def send(
        self, stream: Stream, value: str | None, operation: Operation, note: str | None = None
    ) -> Tunnel | None:
        recorder = self.route.trace.begin(self.check, operation, self.target.id, variant=self.variant)
        reader = ReplyReader("CONNECT" if self.operation == "connect" else "GET")
        reply, ended, failure = await exchange(
            stream, recorder, self.request(value), reader, operation, self.route.timeout_s, self.route.skipped_s
        )
        grace_s = self.route.content_grace_s if self.operation == "connect" and reply.success else None
        if grace_s and failure is None:
            reply = await content_of_success(stream, recorder, reader, grace_s)
        if self.operation == "connect":
            note = note or self.route.missing(reply, ended)
            finish_reply(recorder, reply, ended, failure, operation, note)
        else:
            recorder.finish(ended, failure, note=note or how_it_ended(reply, ended))
        if failure is not None:
            await stream.close()
            return None
        return Tunnel(stream, reply, b"" if grace_s is None else reply.own_content)

    @property
    def place(self) -> Place:
        """Where credentials go with this request."""
        return place_of(self.operation, self.target)

    async def spare(self, stream: Stream) -> None:
        """Sends no credentials, and says so where no earlier answer tells of the target."""
        await stream.close()
        own = (self.check, self.target.id, self.variant)
        before = self.route.trace.evidence[: self.begun]
        if not any((e.check, e.endpoint, e.variant) == own and e.operation in ("auth", self.operation) for e in before):
            recorder = self.route.trace.begin(self.check, "auth", self.target.id, variant=self.variant)
            recorder.finish("closed", Failure("cancelled", "auth", SPARED))

    async def fresh(self, stream: Stream, turn: Turn) -> Stream | None:
        """The connection, another where it had to wait for its turn: a proxy may have given it up."""
        if turn.waited_s < FRESH_S:
            return stream
        await stream.close()
        return await self.route.connect(self.check, self.target.id, variant=self.variant)

    async def ready(self, answered: Tunnel) -> Stream | None:
        """A connection for the same request with credentials: the same one if it lives, else a new one."""
        left = await left_after(answered)
        if left == "open":
            return answered.stream
        await answered.stream.close()
        return await self.route.connect(self.check, self.target.id, variant=after_407(left))


def _offers_others(reply: Reply) -> bool:
    """Whether an answer to credentials offers other schemes alone: it says nothing of these."""
    challenges = read_challenges(reply.raw_headers)
    return reply.status == _ASKS and bool(challenges) and all(challenge.name != "basic" for challenge in challenges)


def _may_answer(reply: Reply, *, unasked: bool) -> bool:
    """Whether Basic is the answer to this 407: it is offered, or nothing is and the device needs no asking."""
    if reply.status != _ASKS:
        return False
    challenges = read_challenges(reply.raw_headers)
    return any(challenge.name == "basic" for challenge in challenges) or (unasked and not challenges)


async def left_after(answered: Tunnel) -> Left:
    """What this answer left of its connection. Waits `LATE_CLOSE_S` for a close that nothing announced."""
    if not answered.reply.keeps_alive:
        return "announced"
    if "bytes-after-content" in answered.reply.deviations:
        return "unread"
    try:
        async with asyncio.timeout(LATE_CLOSE_S):
            return "unread" if await answered.stream.receive(1) else "closed"
    except TimeoutError:
        return "open"
    except OSError:
        return "closed"
