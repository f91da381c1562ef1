"""`proxycheck check`: the main job."""

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource
from msgspec import Struct, structs

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
    from proxycheck.model.device import Device, Endpoint
    from proxycheck.model.evidence import Evidence
    from proxycheck.model.target import Credentials, Probes, ProxyAddress
    from proxycheck.runner import Plan
    from proxycheck.runner.preparation import Preparation


@click.command(cls=formats.PluginCommand, groups=asked.groups(), examples=asked.EXAMPLES)
@asked.address_argument
@asked.check_options
@asked.compare_option
@formats.format_option
@formats.output_option
@report_options
@guarded
def check(
    *,
    address: str | None,
    given: asked.CheckOptions,
    compare: str | None,
    form: str,
    output: str | None,
    wanted: Output,
) -> int:
    """Tell whether a device will work behind a proxy (or with --direct without one), and if not, why.

    Exits with 0 when it will (or degraded, unless --strict), 1 when not, 2 for a mistake on the command line,
    3 when nothing could be decided, 4 for a fault of the tool, 130 when interrupted. With --format nagios: 0 when it
    will, 1 degraded, 2 when not, 3 in every other case."""
    from proxycheck.cli.asking import completed, one_proxy
    from proxycheck.cli.compare import show_since
    from proxycheck.cli.credentials import credentials, refuse_password_option
    from proxycheck.cli.preparing import named_proxy
    from proxycheck.cli.probes import warn
    from proxycheck.cli.running import measured
    from proxycheck.cli.saved import read_report
    from proxycheck.runner.selection import chosen_device, select

    refuse_password_option(given.password)
    given = structs.replace(given, proxy=one_proxy(given.proxy, address))
    if given.direct:
        _refuse_proxy(given.proxy, given.user, probe=given.probe_bad_password)
    around = given.looks_around
    needs_proxy = not (given.direct or around)
    proxy, name = completed(given.proxy, given.device, needs_proxy=needs_proxy, quiet=wanted.quiet)
    given = structs.replace(given, proxy=proxy, device=name)
    tested = None if given.direct or (around and given.proxy is None) else _proxy(given.proxy, given.user)
    old = None if compare is None else read_report(compare)
    device = chosen_device(given.device)
    endpoints = select(device.endpoints, given.tier, given.only, given.add)
    _refuse_unusable(given.timeout, given.concurrency, given.user_agent)
    _refuse_unreadable(given.roots, given.ct_log_list)
    found = _around(given, device, endpoints, wanted) if around else None
    if found is not None and tested is None and not given.direct:
        tested = named_proxy(found, given.user, quiet=wanted.quiet)
    question = Question(device, endpoints, tested, () if found is None else found.evidence)
    options = _beside(given, question)
    delivery = wanted.opened()
    shown = formats.shown_file(output, form, aside=delivery.aside, force=wanted.force)
    url = tested.url if tested is not None else ""
    login = credentials(question.user, given.password_file, password_stdin=given.password_stdin, proxy_url=url)
    plan = _plan(given, question, login, options)
    warn(plan, quiet=wanted.quiet)
    report = measured(plan, quiet=wanted.quiet or form != formats.TEXT, no_color=wanted.no_color)
    if form == formats.TEXT:
        delivery.deliver(report)
        if old is not None:
            show_since(old, report, quiet=wanted.quiet, no_color=wanted.no_color, aside=delivery.aside)
    else:
        formats.deliver_as(form, report, shown, delivery)
    return formats.exit_code(form, report, strict=wanted.strict)


class Question(Struct, frozen=True):
    """What the run is about: the device, its hosts, the proxy, and what was found before it."""

    device: "Device"
    endpoints: "tuple[Endpoint, ...]"
    proxy: "ProxyAddress | None"
    prior: "tuple[Evidence, ...]"

    @property
    def user(self) -> str | None:
        """The user name for the proxy."""
        return None if self.proxy is None else self.proxy.username


class Beside(Struct, frozen=True):
    """What is asked beside the device's own hosts."""

    probes: "Probes"
    canary: "CanaryAddress | None"
    idle_s: float


def _around(
    given: asked.CheckOptions, device: "Device", endpoints: "tuple[Endpoint, ...]", wanted: Output
) -> "Preparation":
    from proxycheck.cli.preparing import prepared

    wish = setup.wish(
        device,
        endpoints,
        given.pac,
        wpad=given.wpad,
        settings=given.system_settings,
        lookup=given.network,
        tries=True,
    )
    return prepared(wish, quiet=wanted.quiet, no_color=wanted.no_color)


def _beside(given: asked.CheckOptions, question: Question) -> Beside:
    from proxycheck.cli.probes import probes

    variants = probes(
        bad_password=given.probe_bad_password,
        user_case=given.probe_user_case,
        encoding=given.probe_encoding,
        domain_form=given.probe_domain_form,
        user=question.user,
    )
    canary = None if given.canary is None else _canary(given.canary)
    return Beside(variants, canary, _idle(given.idle, asked_canary=canary is not None))


def _plan(given: asked.CheckOptions, question: Question, login: "Credentials | None", beside: Beside) -> "Plan":
    from proxycheck.runner import Plan

    proxy = question.proxy
    named = {"proxy": None if proxy is None else proxy.url, "user": question.user, "device": question.device.name}
    return Plan(
        device=question.device,
        endpoints=question.endpoints,
        proxy=proxy,
        credentials=login,
        roots=given.roots,
        ct_log_list=given.ct_log_list,
        timeout_s=given.timeout,
        patient=_written("timeout"),
        concurrency=given.concurrency,
        grows=not _written("concurrency"),
        user_agent=given.user_agent,
        controls=given.compare_direct,
        network=given.network,
        prior=question.prior,
        command="check" if given.direct or proxy is not None else "pac",
        probes=beside.probes,
        canary=beside.canary,
        idle_s=beside.idle_s,
        options={**given.told(), **named, "idle": beside.idle_s},
    )


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

    from proxycheck.wire.address import parse_proxy, parse_username

    if text is None:
        raise UsageError("there is no proxy to check; write --proxy HOST:PORT, or --direct for the way without one")
    address = parse_proxy(text)
    if user is None:
        return address
    if address.username not in (None, parse_username(user)):
        raise UsageError("--user and the proxy address name different users; give the name once")
    return structs.replace(address, username=user)


def _written(option: str) -> bool:
    """Whether an option stands on the command line, whatever its value."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(option) is ParameterSource.COMMANDLINE


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
