"""Reads the exporter's file: which device is tested for, where, and with whose credentials.

A module is one way to test; a scrape names a module and a target. Credentials go to no target that the module does not
name: whoever may ask the exporter could else have them sent to a server of his own.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field, structs

from proxycheck.catalogue import toml
from proxycheck.catalogue.ct_logs import ct_logs
from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.tables import certificate_file
from proxycheck.errors import ConfigurationError, ProxycheckError
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.runner.password import password_from_file, password_in
from proxycheck.runner.selection import select
from proxycheck.web.order import Order
from proxycheck.wire.address import Place, parse_proxy, parse_username

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PLACE = Place(
    address="write the target as HOST:PORT, such as proxy.example.com:8080",
    password="a target has no user name and no password; write HOST:PORT alone, and give them in the exporter's file: "  # noqa: S106
    "user and password_file in a module",
    user='write user = "NAME"',
    login='write user = "NAME" alone, and the password in password_file or password_env',
)
"""Targets stand in the configuration of Prometheus, and in the exporter's file; logins in that file alone."""
Count = Annotated[int, Meta(ge=1, le=256)]
Seconds = Annotated[float, Meta(ge=0.1, le=600)]


class _Module(Struct, frozen=True, forbid_unknown_fields=True):
    """`[modules.NAME]` as it is written."""

    device: str
    tier: str = "optional"
    only: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    roots: str | None = None
    ct_log_list: str | None = None
    timeout: Seconds = 10.0
    concurrency: Count = 32
    user_agent: str | None = None
    network: bool = False
    compare_direct: bool = True
    limit: Annotated[float, Meta(ge=1, le=3600)] = 120.0
    minimum_interval: Annotated[float, Meta(ge=0, le=86400)] = 60.0
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    most_refusals: Annotated[int, Meta(ge=1, le=100)] = 2
    targets: tuple[str, ...] | None = None


class _Exporter(Struct, frozen=True, forbid_unknown_fields=True):
    """`[exporter]` as it is written."""

    runs: Annotated[int, Meta(ge=1, le=64)] = 4
    queue: Annotated[int, Meta(ge=0, le=10000)] = 200
    state: str | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    modules: dict[str, _Module]
    exporter: _Exporter = field(default_factory=_Exporter)


@dataclass(frozen=True, kw_only=True)
class Module:
    """One way to test. `order` is complete but for the proxy and the credentials; `credentials` reads those anew for
    each run and raises ConfigurationError. Without `targets` every proxy may be asked for.

    A result younger than `minimum_interval` seconds is told again instead of a new run. `most_refusals` bounds how many
    proxies may refuse one and the same password."""

    name: str
    order: Order
    targets: frozenset[str] | None
    credentials: Callable[[], Credentials | None]
    minimum_interval: float
    most_refusals: int

    def order_for(self, proxy: ProxyAddress, credentials: Credentials | None) -> Order:
        """The order to test `proxy` in this way."""
        return structs.replace(self.order, proxy=proxy, credentials=credentials)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """All modules; `runs` at a time, of which `queue` more may wait; `state` is the file that remembers refused
    credentials; `secret_variables` hold passwords."""

    modules: Mapping[str, Module]
    runs: int
    queue: int
    state: Path | None
    secret_variables: frozenset[str]


def read_configuration(path: Path) -> Configuration:
    """What the file `path` says. Raises ConfigurationError, naming file, module and key, for whatever does not fit."""
    written = toml.load(path, _File)
    if not written.modules:
        raise ConfigurationError(f"{path} names no module; write [modules.NAME] with device = ...")
    modules = {name: _module(path, name, module) for name, module in written.modules.items()}
    state = written.exporter.state
    return Configuration(
        modules=modules,
        runs=written.exporter.runs,
        queue=written.exporter.queue,
        state=None if state is None else path.parent / state,
        secret_variables=frozenset(filter(None, (module.password_env for module in written.modules.values()))),
    )


def target_address(text: str) -> ProxyAddress:
    """The proxy that a scrape or the file names. Raises ProxycheckError for what is none, and for one with a user name:
    those are the module's."""
    address = parse_proxy(text, _PLACE)
    if address.username is not None:
        raise ConfigurationError(_PLACE.password)
    return structs.replace(address, host=address.host.lower())


def _module(path: Path, name: str, written: _Module) -> Module:
    where = f"{path}: modules.{name}"
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{where}: a module's name has letters, digits, dots, dashes and underscores")
    try:
        credentials = _credentials(path.parent, written)
        credentials()
        order = _order(path.parent, written)
        targets = _targets(written.targets)
    except ProxycheckError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    return Module(
        name=name,
        order=order,
        targets=targets,
        credentials=credentials,
        minimum_interval=written.minimum_interval,
        most_refusals=written.most_refusals,
    )


def _targets(written: Iterable[str] | None) -> frozenset[str] | None:
    return None if written is None else frozenset(target_address(text).url for text in written)


def _order(folder: Path, written: _Module) -> Order:
    device = str(folder / written.device) if written.device.endswith(".toml") else written.device
    select(load_device(device).endpoints, written.tier, written.only, written.add)
    roots, logs = (None if name is None else folder / name for name in (written.roots, written.ct_log_list))
    if roots is not None:
        certificate_file(roots)
    if logs is not None:
        ct_logs(logs)
    agent = written.user_agent
    if agent is not None and not (agent.strip() and agent.isascii() and agent.isprintable()):
        raise ConfigurationError("user_agent is no header value; write printable ASCII characters")
    return Order(
        device=device,
        proxy=ProxyAddress("http", "", 0),
        tier=written.tier,
        only=written.only,
        add=written.add,
        roots=None if roots is None else str(roots),
        ct_log_list=None if logs is None else str(logs),
        timeout_s=written.timeout,
        concurrency=written.concurrency,
        user_agent=agent,
        network=written.network,
        compare_direct=written.compare_direct,
        limit_s=written.limit,
    )


def _credentials(folder: Path, written: _Module) -> Callable[[], Credentials | None]:
    """What reads the credentials of a module. Raises ConfigurationError where they are not complete."""
    user, file, variable = written.user, written.password_file, written.password_env
    if user is None:
        if file is not None or variable is not None:
            raise ConfigurationError("there is a password but no user name; add user = ...")
        return lambda: None
    if (file is None) is (variable is None):
        raise ConfigurationError("a user needs one password: write password_file = ... or password_env = ...")
    if not written.targets:
        raise ConfigurationError('a module with credentials names its targets: write targets = ["HOST:PORT", ...]')
    name = parse_username(user, _PLACE)
    if file is not None:
        path = folder / file
        return lambda: Credentials(name, password_from_file(path))
    return lambda: Credentials(name, _from_environment(variable or ""))


def _from_environment(variable: str) -> str:
    value = os.environ.get(variable)
    if value is None:
        raise ConfigurationError(f"the environment has no variable {variable}, which password_env names")
    return password_in(value.encode("utf-8", "surrogateescape"), f"the variable {variable}")
