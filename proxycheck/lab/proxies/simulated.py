"""One simulated proxy: a mitmproxy master with only what it needs, listening on a free port of loopback.

Importing this module imports mitmproxy, which is why only `proxycheck.lab.stage` does so, when a lab
starts.
"""

import asyncio
import contextvars
import importlib.util
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

from mitmproxy import exceptions, hooks
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.options import Options

from proxycheck import resources
from proxycheck.errors import ConfigurationError, LabError
from proxycheck.lab.internet import faults
from proxycheck.lab.proxies import unnamed
from proxycheck.lab.proxies.customer import CustomerProxy, Option
from proxycheck.lab.proxies.isolation import isolate
from proxycheck.lab.proxies.unnamed import Unnamed
from proxycheck.lab.proxies.witness import StepWitness, Witness

T = TypeVar("T")


class SimulatedProxy:
    """A customer's proxy in the running event loop. `address` is where it listens, once started.

    `settings` are options that the lab itself needs set, such as where the network is; the customer's come on
    top. `say` gets a line for each connection of a client, with `verbose` for each of its steps as well.
    `faults` holds what went wrong inside, in words: an addon that raised, a crash of mitmproxy."""

    def __init__(
        self,
        customer: CustomerProxy,
        settings: Mapping[str, Option],
        say: Callable[[str], None] | None = None,
        *,
        verbose: bool = False,
    ) -> None:
        self.customer = customer
        self._say = say
        self._verbose = verbose
        self.address: tuple[str, int] = ("", 0)
        self.faults: list[str] = []
        self._settings = {**settings, **customer.options}
        self._context = contextvars.copy_context()
        self._context.run(faults.collect_into, self.faults)
        self._context.run(unnamed.errors_without_a_name)

    async def start(self, port: int = 0) -> None:
        """Loads the addons and listens on `port` of 127.0.0.1, 0 for any free one.

        Raises ConfigurationError for an option that does not exist or does not fit, LabError when the proxy cannot
        start otherwise; either names the proxy."""
        isolate()
        try:
            await self._run(self._start(port))
        except (exceptions.OptionsError, KeyError, TypeError) as error:
            await self.stop()
            raise ConfigurationError(
                f"the options of the simulated proxy {self.customer.name!r} do not fit: {error.args[0]}"
            ) from error
        except exceptions.AddonManagerError as error:
            self.faults.append(str(error.args[0]))
        if self.faults:
            await self.stop()
            raise LabError(f"the simulated proxy {self.customer.name!r} cannot start: {self.faults[0]}")
        host, port = self._server.listen_addrs()[0][:2]
        self.address = (host, port)

    async def stop(self) -> None:
        """Stops listening and ends every connection."""
        await self._run(self._stop())

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.get_running_loop().create_task(work, context=self._context)

    async def _start(self, port: int) -> None:
        self._server = Proxyserver()
        self._master = _master()
        own = [addon for name in (*self.customer.addons, "internet") for addon in load_addons(name)]
        own += self._witnesses()
        addons, options = self._master.addons, self._master.options
        addons.add(self._server, Unnamed(), *own, NextLayer(), TlsConfig())
        options.update(mode=[f"{self.customer.mode}@127.0.0.1:{port}"], **self._settings)
        # What a script gets when mitmdump loads it: every option, defaults included.
        for addon in own:
            addons.invoke_addon_sync(addon, hooks.ConfigureHook(set(options.keys())))
        await self._server.setup_servers()
        await self._master.running()

    def _witnesses(self) -> list[object]:
        if self._say is None:
            return []
        return [StepWitness(self._say), Witness(self._say)] if self._verbose else [Witness(self._say)]

    async def _stop(self) -> None:
        await self._server.servers.update([])
        handlers = [
            transport.handler
            for connection in self._server.connections.values()
            for transport in connection.transports.values()
            if transport.handler
        ]
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await self._master.done()


def _master() -> Master:
    root = logging.getLogger()
    before = tuple(root.handlers)
    master = Master(Options(), event_loop=asyncio.get_running_loop())
    # Each master listens to every log record of the process, for a hook that is deprecated.
    for handler in set(root.handlers).difference(before):
        root.removeHandler(handler)
    return master


def load_addons(name: str) -> list[object]:
    """Fresh instances of the addons in the file `name` of `addons/`.

    Raises LabError when there is no such file."""
    return [type(addon)() for addon in _module(name).addons]


@cache
def _module(name: str) -> ModuleType:
    folder = resources.addons()
    path = folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"proxycheck_lab_addons.{name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise LabError(f"there is no addon {name!r}: {path} does not exist")
    module = importlib.util.module_from_spec(spec)
    with _on_the_import_path(str(folder)):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _on_the_import_path(folder: str) -> Iterator[None]:
    """As mitmdump does for a script: the addons may import what stands beside them."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
