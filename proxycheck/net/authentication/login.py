"""Logging in by a scheme that the device does not speak: one connection, one proof, only to learn whether user name
and password are right.

Digest proves with each request, NTLM and Negotiate prove with the third message on one connection, which the proxy
has to keep open until then. What was tried and how far it came is recorded as `auth`, in the variants of `Step`.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from proxycheck.model.failure import Failure
from proxycheck.model.questions import CheckId, login
from proxycheck.model.target import Target
from proxycheck.net.exchange import exchange
from proxycheck.net.stream import Stream
from proxycheck.net.tunnel import ProxyRoute, Tunnel, finish_reply, left_after
from proxycheck.wire.auth import digest
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.choice import choose
from proxycheck.wire.auth.refusal import REFUSED, login_answer
from proxycheck.wire.auth.scheme import Scheme, Unanswerable
from proxycheck.wire.http.reply import Reply, ReplyReader
from proxycheck.wire.http.request import connect_request

LoginStep = Literal["begin", "proof", "next", "stopped"]
"""`begin`: a request that proves nothing yet. `proof`: the one that proves the password. `next`: one more, by the nonce
that the proxy named for it. `stopped`: no request; the failure's detail says why there was no proof. The variant of a
record is `SCHEME:STEP`."""
LoginOutcome = Literal["accepted", "refused", "undecided", "untested"]
"""`undecided` where the answer to the proof may be a refusal in other words; `untested` where no proof was sent, or
where it got no answer at all: `refused` counts only as an answer."""
_MOST_STEPS = 4  # begin, proof, and once more after a nonce that had become stale


class LoginResult(Struct, frozen=True):
    """How it went, and whether the password's proof left this computer."""

    outcome: LoginOutcome
    proof_sent: bool


async def log_in(route: ProxyRoute, check: CheckId, target: Target, scheme: Scheme) -> LoginResult:
    """One login by `scheme` with a CONNECT to `target`."""
    login = _Login(route, check, target, scheme)
    try:
        return await login.run()
    finally:
        if login.stream is not None:
            await login.stream.close()


class _Login(Struct):
    route: ProxyRoute
    check: CheckId
    target: Target
    scheme: Scheme
    stream: Stream | None = None
    proof_sent: bool = False

    async def run(self) -> LoginResult:
        value = self.scheme.answer(None, self.target) if self.scheme.per_connection else None
        for _ in range(_MOST_STEPS):
            if isinstance(value, Unanswerable):
                return self._stop(value.detail)
            answered = await self._send(value)
            if answered is None:
                return LoginResult("untested", self.proof_sent)
            if answered.reply.status not in REFUSED:
                return await self._let_in(answered.reply)
            challenge = _next_challenge(read_challenges(answered.reply.raw_headers), self.scheme.name)
            if self.proof_sent and not (challenge is not None and digest.is_stale(challenge)):
                return LoginResult("refused", proof_sent=True)
            if challenge is None:
                return self._stop("the proxy did not go on with it")
            closing = await self._renew(answered)
            if closing is not None:
                return self._stop(closing)
            value = self.scheme.answer(challenge, self.target)
        return LoginResult("refused", self.proof_sent)

    async def _let_in(self, reply: Reply) -> LoginResult:
        if self.proof_sent:
            outcome = login_answer(reply)
            if outcome == "accepted":
                await self._once_more(reply)
            return LoginResult(outcome, proof_sent=True)
        return self._stop("the proxy let the request pass before anything was proved")

    async def _once_more(self, reply: Reply) -> None:
        """A second tunnel by the nonce for the next request, where the proxy names one (RFC 7616 section 3.5)."""
        info = reply.value("Proxy-Authentication-Info")
        if not isinstance(self.scheme, digest.Digest) or info is None or not self.scheme.learn(info.encode("latin-1")):
            return
        if self.stream is not None:
            await self.stream.close()  # it is a tunnel now
            self.stream = None
        value = self.scheme.answer(None, self.target)
        if not isinstance(value, Unanswerable):
            await self._send(value, "next")

    async def _send(self, value: str | None, step: LoginStep | None = None) -> Tunnel | None:
        """One request; None when it got no well-formed answer, or there is no connection."""
        proof = value is not None and not self.scheme.awaits_challenge
        variant = login(self.scheme.name, step or ("proof" if proof else "begin"))
        if self.stream is None:
            self.stream = await self.route.connect(self.check, self.target.id, variant=variant)
        if self.stream is None:
            return None
        request = connect_request(
            self.target, self.route.dialect, user_agent=self.route.user_agent, authorization=value
        )
        recorder = self.route.trace.begin(self.check, "auth", self.target.id, variant=variant)
        self.proof_sent = self.proof_sent or proof
        reader = ReplyReader("CONNECT")
        reply, ended, failure = await exchange(self.stream, recorder, request, reader, "auth", self.route.timeout_s)
        finish_reply(recorder, reply, ended, failure, "auth")
        return Tunnel(self.stream, reply) if failure is None else None

    async def _renew(self, answered: Tunnel) -> str | None:
        """Sees to a connection for the next message; the reason when there can be none."""
        left = await left_after(answered)
        if left == "open":
            return None
        if self.scheme.per_connection and left == "unread":
            return "the proxy's answer is too long to be read to its end"
        if self.scheme.per_connection:
            return "the proxy closes the connection between the messages, which have to travel on one"
        await answered.stream.close()
        self.stream = None
        return None

    def _stop(self, reason: str) -> LoginResult:
        recorder = self.route.trace.begin(
            self.check, "auth", self.target.id, variant=login(self.scheme.name, "stopped")
        )
        recorder.finish("closed", Failure("cancelled", "auth", reason))
        return LoginResult("untested", self.proof_sent)


def _next_challenge(challenges: Sequence[Challenge], name: str) -> Challenge | None:
    """The challenge to answer; one that cannot be answered only where there is no other, for the reason's sake."""
    named = [challenge for challenge in challenges if challenge.name == name]
    return choose(challenges, (name,)) or next(iter(named), None)
