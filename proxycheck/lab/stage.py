"""The lab in motion: the internet in a box and any number of simulated proxies, in one background thread.

    with Stage(hosts) as rehearsal:
        address = rehearsal.start(customer)
        ...  # check `address`, trusting the roots in `rehearsal.roots`

Everything listens on 127.0.0.1 and is gone at the end of the block: sockets, thread, temporary files.
"""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from proxycheck.errors import LabError
from proxycheck.lab.background import BackgroundLoop
from proxycheck.lab.internet import faults
from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.internet.names import PORTS, Internet
from proxycheck.lab.proxies.customer import CustomerProxy, Option
from proxycheck.model.target import ProxyAddress
from proxycheck.resources import missing_extra

if TYPE_CHECKING:
    from proxycheck.lab.proxies.simulated import SimulatedProxy

NEEDS: Final = "simulated proxies need mitmproxy"


class Stage:
    """A stage with an origin for each of `hosts` on each of `ports`; proxies come and go on it.

    `say` gets a line for each connection of a proxy's clients, with `verbose` for each of their steps as well.
    `roots` is the PEM file with the box's public root, for the check to trust."""

    def __init__(
        self,
        hosts: Iterable[str],
        say: Callable[[str], None] | None = None,
        ports: Iterable[int] = PORTS,
        *,
        verbose: bool = False,
    ) -> None:
        self._say = say
        self._verbose = verbose
        self._authority = Authority.public()
        self._internet = Internet(hosts, self._authority, ports)
        self._proxies: dict[ProxyAddress, SimulatedProxy] = {}
        self._closing = ExitStack()
        self.roots = Path()

    def __enter__(self) -> "Stage":
        """Starts the box. Raises LabError when the lab is not installed or cannot listen."""
        self._make = _simulator()
        with ExitStack() as stack:
            stack.enter_context(faults.quiet(self._say if self._verbose else None))
            folder = tempfile.TemporaryDirectory(prefix="proxycheck-lab-", ignore_cleanup_errors=True)
            self._folder = Path(stack.enter_context(folder))
            self._loop = stack.enter_context(BackgroundLoop("proxycheck-lab"))
            try:
                self._loop.call(self._internet.start())
            except OSError as error:
                raise LabError(f"the lab cannot listen on 127.0.0.1: {error}") from error
            stack.callback(lambda: self._loop.call(self._internet.stop()))
            self._furnish()
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stops everything. Raises LabError when a proxy was at fault, unless the block failed by itself."""
        wrong: list[str] = []
        with self._closing:
            for address in tuple(self._proxies):
                wrong += self._end(address)
        wrong += self._loop.faults
        if wrong and error is None:
            raise LabError(f"the lab went wrong inside: {'; '.join(wrong)}")

    def start(self, customer: CustomerProxy, port: int = 0) -> ProxyAddress:
        """Starts a proxy on `port`, 0 for any free one, and returns its address.

        Raises ConfigurationError for options that do not fit, LabError when it cannot start otherwise."""
        proxy = self._make(customer, self._settings(), self._say, verbose=self._verbose)
        self._loop.call(proxy.start(port))
        host, port = proxy.address
        address = ProxyAddress("http", host, port)
        self._proxies[address] = proxy
        return address

    def stop(self, address: ProxyAddress) -> None:
        """Stops the proxy at `address`. Raises LabError when it was at fault while it ran."""
        if wrong := self._end(address):
            raise LabError(f"the lab went wrong inside: {'; '.join(wrong)}")

    def _end(self, address: ProxyAddress) -> list[str]:
        proxy = self._proxies.pop(address)
        self._loop.call(proxy.stop())
        return [f"{proxy.customer.name}: {fault}" for fault in proxy.faults]

    def _furnish(self) -> None:
        self.roots = self._folder / "roots.pem"
        self.roots.write_bytes(self._authority.root_pem)
        (self._folder / "routes.txt").write_text(self._internet.routes(), encoding="utf-8")
        # mitmproxy makes an RSA authority for itself unless it finds one, which takes a while.
        own = Authority.private("Lab Proxy Authority")
        (self._folder / "mitmproxy-ca.pem").write_bytes(own.signing_pem)

    def _settings(self) -> dict[str, Option]:
        return {
            "confdir": str(self._folder),
            "internet_routes": str(self._folder / "routes.txt"),
            "ssl_verify_upstream_trusted_ca": str(self.roots),
        }


def _simulator() -> "type[SimulatedProxy]":
    try:
        from proxycheck.lab.proxies.simulated import SimulatedProxy  # noqa: PLC0415  mitmproxy is optional and slow to import
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "mitmproxy":
            raise missing_extra("lab", NEEDS) from error
        raise
    return SimulatedProxy
