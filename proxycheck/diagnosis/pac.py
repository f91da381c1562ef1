"""What a PAC file said, read back from the evidence: each host's way, and the proxies that it names."""

from functools import cached_property
from typing import Final, get_args

from msgspec import Struct

from proxycheck.diagnosis.observation import Case
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import WPAD
from proxycheck.routes.pac.answers import NO_FAULT, PacAnswer, PacEvaluation, PacProblem, PacProblemKind, Route
from proxycheck.routes.pac.routes import PacRoutes, by_use, parse_routes

CHECK: Final = "pac"
_WANTS_CREDENTIALS = "407"
_ENDED = {
    "refused": "the connection is refused",
    "timeout": "no answer",
    "unresolvable": "its name has no address here",
    "unreachable": "no way there",
    "reset": "the connection is cut",
    "eof": "the connection is closed",
    "malformed": "the answer is not HTTP",
}


class PacView(Struct, frozen=True, dict=True):
    """One PAC file as far as it was read. `fetch` is the last try to get it, `tried` how its proxies answered."""

    fetch: Evidence | None
    evaluation: PacEvaluation
    tried: dict[str, Evidence]

    @cached_property
    def routes(self) -> PacRoutes:
        """The answers by what a device with one HTTP proxy can make of them."""
        return by_use(self.evaluation.answers)

    @property
    def source(self) -> str:
        """Where the file came from: its path or its URL."""
        return (self.fetch.note or "").partition(";")[0] if self.fetch is not None else ""

    @property
    def unreadable(self) -> str | None:
        """Why nothing is known of the file's answers by its own fault, or None."""
        if self._undiscovered is not None:
            return None
        if self.fetch is not None and self.fetch.failure is not None:
            return f"{self.source} could not be fetched: {self.fetch.failure.detail or self.fetch.failure.name}"
        return self.evaluation.unreadable

    @property
    def unknown(self) -> str | None:
        """Why nothing is known of the file's answers through no fault of its own, or None."""
        if self._undiscovered is not None:
            return f"WPAD finds no PAC file: {self._undiscovered}"
        problem = self.evaluation.problem
        nothing = self.evaluation.stopped is None
        return problem.reason if problem is not None and nothing and problem.kind in NO_FAULT else None

    @property
    def stopped(self) -> PacProblem | None:
        """Why the script was stopped half-way, where some of its answers are known."""
        return self.evaluation.stopped

    @property
    def _undiscovered(self) -> str | None:
        """Why WPAD found no PAC file; most networks offer none."""
        if self.fetch is None or self.fetch.failure is None or self.fetch.variant != WPAD:
            return None
        how = self.fetch.failure.detail or self.fetch.failure.name
        return f"{self.source or 'this computer has no domain'} ({how})"

    @property
    def best(self) -> Route | None:
        """The one proxy for the device: the first that every proxied host shares, one that answers before one that does
        not; without a shared one, that which serves the most hosts."""
        working = [route for route in self.routes.shared if self.answers(route)]
        if working or self.routes.shared:
            return (working or list(self.routes.shared))[0]
        ranked = sorted(self.routes.proxies, key=lambda offer: -len(offer[1]))
        return ranked[0][0] if ranked else None

    def answers(self, route: Route) -> bool | None:
        """Whether the proxy opened a tunnel or asked for credentials; None where it was not tried."""
        record = self.tried.get(address_of(route))
        return None if record is None else record.failure is None

    def told(self, route: Route) -> str:
        """In words, how the proxy answered."""
        record = self.tried.get(address_of(route))
        if record is None:
            return "not tried"
        if record.failure is not None:
            how = _ENDED.get(record.failure.name, record.failure.detail or record.failure.name)
            return f"does not work for {record.endpoint}: {how}"
        wants = record.received[9:12] == _WANTS_CREDENTIALS
        return "asks for credentials" if wants else f"opens a tunnel to {record.endpoint}"


def address_of(route: Route) -> str:
    """`host:port` of a proxy, IPv6 literals in brackets."""
    host = route.host or ""
    return f"[{host}]:{route.port}" if ":" in host else f"{host}:{route.port}"


def pac_view(case: Case) -> PacView | None:
    """The PAC file of a run; None when none was looked at."""
    records = [record for record in case.evidence if record.check == CHECK]
    if not records:
        return None
    fetches = [record for record in records if record.operation == "pac_fetch"]
    problem = next((_problem(record) for record in records if record.operation == "pac_problem"), None)
    answers = tuple(_answer(record) for record in records if record.operation == "pac_route")
    tried = {record.variant or "": record for record in records if record.operation == "pac_proxy"}
    return PacView(fetches[-1] if fetches else None, PacEvaluation(answers, problem), tried)


def _problem(record: Evidence) -> PacProblem:
    kinds: tuple[PacProblemKind, ...] = get_args(PacProblemKind)
    kind: PacProblemKind = next((kind for kind in kinds if kind == record.variant), "error")
    return PacProblem(kind, record.failure.detail if record.failure is not None else "")


def _answer(record: Evidence) -> PacAnswer:
    host, _, port = (record.endpoint or "").rpartition(":")
    raw = record.received_bytes.decode("utf-8", "replace")
    error = record.failure.detail if record.failure is not None else None
    consulted = tuple(filter(None, (record.note or "").split(", ")))
    routes = parse_routes(raw) if error is None else ()
    unknown = record.failure is not None and record.failure.name == "cancelled"
    return PacAnswer(host.strip("[]"), int(port), record.sent, routes, raw, error, consulted, unknown)
