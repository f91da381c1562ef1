"""`proxycheck check`: the main job."""

from typing import TYPE_CHECKING

from proxycheck.cli import check_options as asked
from proxycheck.cli import setup_options as setup
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

    from proxycheck.model.canary import CanaryAddress
    from proxycheck.model.evidence import Evidence
    from proxycheck.model.target import ProxyAddress


def check(
    proxy: asked.ProxyOption = None,
    direct: asked.DirectOption = False,
    device: asked.DeviceOption = None,
    tier: asked.TierOption = "optional",
    only: asked.OnlyOption = None,
    add: asked.AddOption = None,
    user: asked.UserOption = None,
    password_file: asked.PasswordFileOption = None,
    password_stdin: asked.PasswordStdinOption = False,
    password: asked.RefusedPasswordOption = None,
    probe_bad_password: asked.ProbeBadPasswordOption = False,
    probe_user_case: asked.ProbeUserCaseOption = False,
    probe_encoding: asked.ProbeEncodingOption = False,
    probe_domain_form: asked.ProbeDomainFormOption = None,
    roots: asked.RootsOption = None,
    ct_log_list: asked.CtLogListOption = None,
    timeout: asked.TimeoutOption = 10.0,
    concurrency: asked.ConcurrencyOption = 32,
    user_agent: asked.UserAgentOption = None,
    compare_direct: asked.CompareDirectOption = True,
    network: asked.NetworkOption = True,
    pac: setup.PacOption = None,
    wpad: setup.WpadOption = False,
    system_settings: setup.SystemSettingsOption = False,
    canary: asked.CanaryOption = None,
    idle: asked.IdleOption = None,
    json: JsonOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    no_color: NoColorOption = False,
) -> int:
    """Tell whether a device will work behind a proxy (or with --direct without one), and if not, why.

    Exits with 0 when it will (or degraded, unless --strict), 1 when not, 2 for a mistake on the command line,
    3 when nothing could be decided, 4 for a fault of the tool, 130 when interrupted."""
    from proxycheck.cli.credentials import credentials, refuse_password_option
    from proxycheck.cli.preparing import named_proxy, prepared
    from proxycheck.cli.probes import probes, warn
    from proxycheck.cli.running import measured
    from proxycheck.cli.selection import chosen_device, select

    refuse_password_option(password)
    if direct:
        _refuse_proxy(proxy, user, probe=probe_bad_password)
    looks_around = pac is not None or wpad or system_settings
    address = None if direct or (looks_around and proxy is None) else _proxy(proxy, user)
    entry = chosen_device(device)
    endpoints = select(entry.endpoints, tier, only or (), add or ())
    _refuse_unusable(timeout, concurrency, user_agent)
    _refuse_unreadable(roots, ct_log_list)
    prior: tuple[Evidence, ...] = ()
    if looks_around:
        wish = setup.wish(entry, endpoints, pac, wpad=wpad, settings=system_settings, lookup=network, tries=True)
        found = prepared(wish, quiet=quiet, no_color=no_color)
        prior = found.evidence
        if address is None and not direct:
            address = named_proxy(found, user, quiet=quiet)
    username = address.username if address is not None else None
    variants = probes(
        bad_password=probe_bad_password,
        user_case=probe_user_case,
        encoding=probe_encoding,
        domain_form=probe_domain_form,
        user=username,
    )
    watched = None if canary is None else _canary(canary)
    idle_s = _idle(idle, asked_canary=watched is not None)
    file = output_file(json)
    url = address.url if address is not None else None
    login = credentials(username, password_file, password_stdin=password_stdin, proxy_url=url or "")
    from proxycheck.runner import Plan

    plan = Plan(
        device=entry,
        endpoints=endpoints,
        proxy=address,
        credentials=login,
        roots=roots,
        ct_log_list=ct_log_list,
        timeout_s=timeout,
        concurrency=concurrency,
        user_agent=user_agent,
        controls=compare_direct,
        network=network,
        prior=prior,
        command="check" if direct or address is not None else "pac",
        probes=variants,
        canary=watched,
        idle_s=idle_s,
        options={
            "proxy": url,
            "direct": direct,
            "device": entry.name,
            "tier": tier,
            "only": only or [],
            "add": add or [],
            "user": username,
            "probe_bad_password": probe_bad_password,
            "probe_user_case": probe_user_case,
            "probe_encoding": probe_encoding,
            "probe_domain_form": probe_domain_form,
            "roots": None if roots is None else str(roots),
            "ct_log_list": None if ct_log_list is None else str(ct_log_list),
            "timeout": timeout,
            "concurrency": concurrency,
            "user_agent": user_agent,
            "compare_direct": compare_direct,
            "network": network,
            "pac": pac,
            "wpad": wpad,
            "system_settings": system_settings,
            "canary": canary,
            "idle": idle_s,
        },
    )
    warn(plan, quiet=quiet)
    report = measured(plan, quiet=quiet, no_color=no_color)
    deliver(report, file, quiet=quiet, verbose=verbose, no_color=no_color)
    return INTERRUPTED if report.run.interrupted else verdict_code(report.verdict, strict=strict)


def _refuse_proxy(text: str | None, user: str | None, *, probe: bool) -> None:
    if text is not None:
        raise UsageError("--direct tests the way without a proxy; write either --proxy HOST:PORT or --direct")
    if user is not None or probe:
        raise UsageError("--user and the probes of credentials are for a proxy; leave them out with --direct")


def _canary(text: str) -> "CanaryAddress":
    from proxycheck.wire.canary_address import parse_canary

    return parse_canary(text)


def _idle(seconds: float | None, *, asked_canary: bool) -> float:
    if not asked_canary:
        if seconds is not None:
            raise UsageError("--idle is for a tunnel to a canary; write --canary HOST:PORT#KEY as well")
        return 0.0
    if seconds is None:
        return asked.IDLE_S
    if not 0 <= seconds <= asked.LONGEST_IDLE_S:
        raise UsageError(f"--idle {seconds:g} is not between 0 and {asked.LONGEST_IDLE_S:g} seconds")
    return seconds


def _proxy(text: str | None, user: str | None) -> "ProxyAddress":
    import msgspec

    from proxycheck.wire.address import parse_proxy, parse_username

    if text is None:
        raise UsageError("there is no proxy to check; write --proxy HOST:PORT, or --direct for the way without one")
    address = parse_proxy(text)
    if user is None:
        return address
    if address.username not in (None, parse_username(user)):
        raise UsageError("--user and the proxy address name different users; give the name once")
    return msgspec.structs.replace(address, username=user)


def _refuse_unusable(timeout: float, concurrency: int, user_agent: str | None) -> None:
    if not 0.1 <= timeout <= asked.LONGEST_TIMEOUT_S:
        raise UsageError(f"--timeout {timeout:g} is not between 0.1 and {asked.LONGEST_TIMEOUT_S:g} seconds")
    if not 1 <= concurrency <= asked.MOST_CONNECTIONS:
        raise UsageError(f"--concurrency {concurrency} is not between 1 and {asked.MOST_CONNECTIONS}")
    if user_agent is not None and not (user_agent.strip() and user_agent.isascii() and user_agent.isprintable()):
        raise UsageError("--user-agent is no header value; write printable ASCII characters")


def _refuse_unreadable(roots: "Path | None", ct_log_list: "Path | None") -> None:
    if roots is not None:
        from proxycheck.catalogue.tables import certificate_file

        certificate_file(roots)  # each is read when the run loads them; a wrong file is told before anything is asked
    if ct_log_list is not None:
        from proxycheck.catalogue.ct_logs import ct_logs

        ct_logs(ct_log_list)
