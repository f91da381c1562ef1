"""`proxycheck check`: the main job."""

import sys
from typing import TYPE_CHECKING

from proxycheck.cli import check_options as asked
from proxycheck.cli.ending import INTERRUPTED, verdict_code
from proxycheck.cli.options import (
    JsonOption,
    NoColorOption,
    QuietOption,
    StrictOption,
    VerboseOption,
    deliver,
    output_file,
)
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from proxycheck.model.device import Device
    from proxycheck.model.report import Report
    from proxycheck.model.target import ProxyAddress
    from proxycheck.runner import Plan


def check(
    proxy: asked.ProxyOption = None,
    device: asked.DeviceOption = None,
    tier: asked.TierOption = "optional",
    only: asked.OnlyOption = None,
    add: asked.AddOption = None,
    user: asked.UserOption = None,
    password_file: asked.PasswordFileOption = None,
    password_stdin: asked.PasswordStdinOption = False,
    password: asked.RefusedPasswordOption = None,
    roots: asked.RootsOption = None,
    timeout: asked.TimeoutOption = 10.0,
    concurrency: asked.ConcurrencyOption = 32,
    user_agent: asked.UserAgentOption = None,
    compare_direct: asked.CompareDirectOption = True,
    json: JsonOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    no_color: NoColorOption = False,
) -> int:
    """Tell whether a device will work behind a proxy, and if not, why.

    Exits with 0 when it will (or degraded, unless --strict), 1 when not, 2 for a mistake on the command line,
    3 when nothing could be decided, 4 for a fault of the tool, 130 when interrupted."""
    from proxycheck.cli.credentials import credentials, refuse_password_option
    from proxycheck.cli.selection import select

    refuse_password_option(password)
    address = _proxy(proxy, user)
    entry = _device(device)
    endpoints = select(entry.endpoints, tier, only or (), add or ())
    _refuse_unusable(timeout, concurrency, user_agent, roots)
    file = output_file(json)
    login = credentials(address.username, password_file, password_stdin=password_stdin, proxy_url=address.url)
    from proxycheck.runner import Plan

    plan = Plan(
        device=entry,
        endpoints=endpoints,
        proxy=address,
        credentials=login,
        roots=roots,
        timeout_s=timeout,
        concurrency=concurrency,
        user_agent=user_agent,
        controls=compare_direct,
        options={
            "proxy": address.url,
            "device": entry.name,
            "tier": tier,
            "only": only or [],
            "add": add or [],
            "user": address.username,
            "roots": None if roots is None else str(roots),
            "timeout": timeout,
            "concurrency": concurrency,
            "user_agent": user_agent,
            "compare_direct": compare_direct,
        },
    )
    report = _run(plan, quiet=quiet, no_color=no_color)
    deliver(report, file, quiet=quiet, verbose=verbose, no_color=no_color)
    return INTERRUPTED if report.run.interrupted else verdict_code(report.verdict, strict=strict)


def _run(plan: "Plan", *, quiet: bool, no_color: bool) -> "Report":
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching
    from proxycheck.runner import run

    knowledge = load_knowledge()
    with watching(console_for(sys.stderr, no_color=no_color), quiet=quiet) as observer:
        return run(plan, knowledge, observer)


def _proxy(text: str | None, user: str | None) -> "ProxyAddress":
    import msgspec

    from proxycheck.wire.address import parse_proxy, parse_username

    if text is None:
        raise UsageError("there is no proxy to check; write --proxy HOST:PORT")
    address = parse_proxy(text)
    if user is None:
        return address
    if address.username not in (None, parse_username(user)):
        raise UsageError("--user and the proxy address name different users; give the name once")
    return msgspec.structs.replace(address, username=user)


def _device(name: str | None) -> "Device":
    from proxycheck.catalogue.devices import device_names, load_device

    if name is None:
        raise UsageError(f"there is no device to check for; write --device {' or --device '.join(device_names())}")
    return load_device(name)


def _refuse_unusable(timeout: float, concurrency: int, user_agent: str | None, roots: "Path | None") -> None:
    if not 0.1 <= timeout <= asked.LONGEST_TIMEOUT_S:
        raise UsageError(f"--timeout {timeout:g} is not between 0.1 and {asked.LONGEST_TIMEOUT_S:g} seconds")
    if not 1 <= concurrency <= asked.MOST_CONNECTIONS:
        raise UsageError(f"--concurrency {concurrency} is not between 1 and {asked.MOST_CONNECTIONS}")
    if user_agent is not None and not (user_agent.strip() and user_agent.isascii() and user_agent.isprintable()):
        raise UsageError("--user-agent is no header value; write printable ASCII characters")
    if roots is not None:
        from proxycheck.catalogue.trust import roots_from

        roots_from(roots)
