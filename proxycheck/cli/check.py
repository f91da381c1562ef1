"""`proxycheck check`: the main job."""

from typing import TYPE_CHECKING

import click

from proxycheck.cli import check_options as asked
from proxycheck.cli import formats
from proxycheck.cli import setup_options as setup
from proxycheck.cli.delivery import Output
from proxycheck.cli.ending import guarded
from proxycheck.cli.options import report_options
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from proxycheck.model.canary import CanaryAddress
    from proxycheck.model.evidence import Evidence
    from proxycheck.model.target import ProxyAddress


@click.command(cls=formats.PluginCommand)
@asked.proxy_option
@asked.direct_option
@asked.device_option
@asked.tier_option
@asked.only_option
@asked.add_option
@asked.user_option
@asked.password_file_option
@asked.password_stdin_option
@asked.refused_password_option
@asked.probe_bad_password_option
@asked.probe_user_case_option
@asked.probe_encoding_option
@asked.probe_domain_form_option
@asked.roots_option
@asked.ct_log_list_option
@asked.timeout_option
@asked.concurrency_option
@asked.user_agent_option
@asked.compare_direct_option
@asked.network_option
@setup.pac_option
@setup.wpad_option
@setup.system_settings_option
@asked.canary_option
@asked.idle_option
@formats.format_option
@formats.output_option
@report_options
@guarded
def check(
    *,
    proxy: str | None,
    direct: bool,
    device: str | None,
    tier: str,
    only: tuple[str, ...],
    add: tuple[str, ...],
    user: str | None,
    password_file: "Path | None",
    password_stdin: bool,
    password: str | None,
    probe_bad_password: bool,
    probe_user_case: bool,
    probe_encoding: bool,
    probe_domain_form: str | None,
    roots: "Path | None",
    ct_log_list: "Path | None",
    timeout: float,
    concurrency: int,
    user_agent: str | None,
    compare_direct: bool,
    network: bool,
    pac: str | None,
    wpad: bool,
    system_settings: bool,
    canary: str | None,
    idle: float | None,
    form: str,
    output: str | None,
    wanted: Output,
) -> int:
    """Tell whether a device will work behind a proxy (or with --direct without one), and if not, why.

    Exits with 0 when it will (or degraded, unless --strict), 1 when not, 2 for a mistake on the command line,
    3 when nothing could be decided, 4 for a fault of the tool, 130 when interrupted. With --format nagios: 0 when it
    will, 1 degraded, 2 when not, 3 in every other case."""
    from proxycheck.cli.credentials import credentials, refuse_password_option
    from proxycheck.cli.preparing import named_proxy, prepared
    from proxycheck.cli.probes import probes, warn
    from proxycheck.cli.running import measured
    from proxycheck.runner.selection import chosen_device, select

    refuse_password_option(password)
    if direct:
        _refuse_proxy(proxy, user, probe=probe_bad_password)
    looks_around = pac is not None or wpad or system_settings
    address = None if direct or (looks_around and proxy is None) else _proxy(proxy, user)
    entry = chosen_device(device)
    endpoints = select(entry.endpoints, tier, only, add)
    _refuse_unusable(timeout, concurrency, user_agent)
    _refuse_unreadable(roots, ct_log_list)
    prior: tuple[Evidence, ...] = ()
    if looks_around:
        wish = setup.wish(entry, endpoints, pac, wpad=wpad, settings=system_settings, lookup=network, tries=True)
        found = prepared(wish, quiet=wanted.quiet, no_color=wanted.no_color)
        prior = found.evidence
        if address is None and not direct:
            address = named_proxy(found, user, quiet=wanted.quiet)
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
    delivery = wanted.opened()
    shown = formats.shown_file(output, form, aside=delivery.aside)
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
            "only": list(only),
            "add": list(add),
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
    warn(plan, quiet=wanted.quiet)
    report = measured(plan, quiet=wanted.quiet, no_color=wanted.no_color)
    if form == formats.TEXT:
        delivery.deliver(report)
    else:
        formats.deliver_as(form, report, shown, delivery)
    return formats.exit_code(form, report, strict=wanted.strict)


def _refuse_proxy(text: str | None, user: str | None, *, probe: bool) -> None:
    if text is not None:
        raise UsageError("--direct tests the way without a proxy; write either --proxy HOST:PORT or --direct")
    if user is not None or probe:
        raise UsageError("--user and the probes of credentials are for a proxy; leave them out with --direct")


def _canary(text: str) -> "CanaryAddress":
    from proxycheck.canary.address import parse_canary

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
