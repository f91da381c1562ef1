"""Variants of the credentials, each tried once because a person asked for it, each worth at most one refused login."""

from collections.abc import Callable

from msgspec import Struct

from proxycheck.checks.authentication.attempt import ID, asks_otherwise, attempt, leave_out, most_telling
from proxycheck.checks.session import Session
from proxycheck.model.questions import BAD_PASSWORD, OTHER_CASE, OTHER_ENCODING, OTHER_FORM
from proxycheck.model.target import Credentials, Probes
from proxycheck.wire.auth.basic import Basic, BasicEncoding
from proxycheck.wire.auth.refusal import login_answer
from proxycheck.wire.auth.scheme import Unanswerable
from proxycheck.wire.http.reply import Reply


class Probe(Struct, frozen=True):
    """One variant. `make` gives the credentials to send, `pointless` says why they would tell nothing, else None."""

    name: str
    wanted: Callable[[Probes], bool]
    make: Callable[[Session], Credentials]
    pointless: Callable[[Session], str | None]
    encoding: BasicEncoding = "iso-8859-1"


def wanted(probes: Probes) -> tuple[Probe, ...]:
    """The probes that were asked for, in the order in which they are made."""
    return tuple(probe for probe in PROBES if probe.wanted(probes))


def variants(credentials: Credentials | None, probes: Probes, nonce: str) -> tuple[Credentials, ...]:
    """Every other pair that a run may send: to be hidden like the given one. `nonce` is the run's own."""
    wrong = (_wrong(credentials, nonce),) if probes.bad_password else ()
    if credentials is None:
        return wrong
    names = [other_case(credentials.username)] if probes.user_case else []
    names += [probes.domain_form] if probes.domain_form is not None else []
    return (*wrong, *(Credentials(name, credentials.password) for name in names))


def other_case(username: str) -> str:
    """The user's own part of the name in capitals, or in small letters where it has capitals; the domain stays."""
    domain, backslash, name = username.rpartition("\\")
    name, at, host = name.partition("@")
    return f"{domain}{backslash}{name.upper() if name == name.lower() else name.lower()}{at}{host}"


def made(session: Session, probe: Probe) -> bool:
    """Whether the probe has been made, or left out, in this run."""
    return any((e.check, e.variant) == (ID, probe.name) for e in session.trace.evidence)


async def bad_password_refused(session: Session) -> bool:
    """Makes the probe with the wrong password, where it was asked for; True when the proxy refused it as such."""
    for probe in wanted(session.probes):
        if probe.name == BAD_PASSWORD:
            reply = await make(session, probe, remembered=False)
            return reply is not None and login_answer(reply) == "refused"
    return False


async def make(session: Session, probe: Probe, *, remembered: bool) -> Reply | None:
    """Makes one probe, or records why it would tell nothing; the answer when there is a well-formed one. `remembered`:
    any request from here passes by now."""
    target = most_telling(session)
    reason = probe.pointless(session)
    if reason is None and remembered and probe.name != BAD_PASSWORD:
        reason = "after one login the proxy lets this address pass without another"
    if reason is None and target is None:
        reason = "no CONNECT was answered"
    if reason is not None or target is None:
        leave_out(session, probe.name, reason or "")
        return None
    value = Basic(probe.make(session), probe.encoding).answer(None, target)
    if isinstance(value, Unanswerable):
        leave_out(session, probe.name, value.detail)
        return None
    return await attempt(session, target, probe.name, value)


def _wrong(credentials: Credentials | None, nonce: str) -> Credentials:
    """A password that cannot be right; without credentials, a user who cannot exist."""
    return Credentials(nonce if credentials is None else credentials.username, f"wrong-{nonce}")


def _with_wrong_password(session: Session) -> Credentials:
    return _wrong(session.credentials, session.nonce)


def _given(session: Session) -> Credentials:
    return session.credentials or Credentials(session.nonce, "")


def _in_other_case(session: Session) -> Credentials:
    return Credentials(other_case(_given(session).username), _given(session).password)


def _in_other_form(session: Session) -> Credentials:
    return Credentials(session.probes.domain_form or "", _given(session).password)


def _no_basic(session: Session) -> str | None:
    return "the proxy does not offer Basic" if asks_otherwise(session) else None


def _no_bad_password(session: Session) -> str | None:
    if session.route.gate.state == "refused":
        return "the password given was refused already"
    return _no_basic(session)


def _no_variant(session: Session) -> str | None:
    if session.credentials is None:
        return "no user name and password were given"
    gate = session.route.gate
    if gate.state == "untested" and gate.tried == 0 and not asks_otherwise(session):
        return "the proxy did not ask for user name and password"
    return _no_basic(session)


def _no_case(session: Session) -> str | None:
    name = _given(session).username
    return "the user name has no letters to change" if other_case(name) == name else _no_variant(session)


def _no_encoding(session: Session) -> str | None:
    given = _given(session)
    if f"{given.username}{given.password}".isascii():
        return "user name and password are plain ASCII, the same in both encodings"
    return _no_variant(session)


PROBES: tuple[Probe, ...] = (
    Probe(OTHER_ENCODING, lambda probes: probes.encoding, _given, _no_encoding, "utf-8"),
    Probe(OTHER_CASE, lambda probes: probes.user_case, _in_other_case, _no_case),
    Probe(OTHER_FORM, lambda probes: probes.domain_form is not None, _in_other_form, _no_variant),
    Probe(BAD_PASSWORD, lambda probes: probes.bad_password, _with_wrong_password, _no_bad_password),
)
