"""`proxycheck lab`: simulated customers' proxies, to look at, to try, and to prove the diagnosis with."""

import sys
from typing import TYPE_CHECKING

import click

from proxycheck.cli.ending import guarded, lab_wanted
from proxycheck.cli.file_names import OutputName, device_or_file, scenario_or_file
from proxycheck.cli.in_order import InOrder
from proxycheck.cli.options import force_option, json_option, no_color_option, output_file
from proxycheck.cli.output import show
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from proxycheck.model.device import Device
    from proxycheck.model.files.scenario import Scenario, ScenarioOutcome

_SCENARIOS, _OUTCOMES = b'"expect": {', b'"differences": ['
"""Keys of every scenario, and of every outcome of one: so a file with earlier ones is known."""
_tag_option = click.option("--tag", multiple=True, metavar="TAG", help="Only with this tag; may repeat.")
_device_option = click.option(
    "--device", type=device_or_file(), metavar="NAME", help="Another device than the scenario's own."
)


@click.group(cls=InOrder)
def lab() -> None:
    """Simulated customer proxies: list them, run one, or check that each gets the verdict it deserves."""


@lab.command("list")
@click.argument("text", metavar="[TEXT]", required=False)
@_tag_option
@json_option
@force_option
@no_color_option
@guarded
def list_(*, text: str | None, tag: tuple[str, ...], json: str | None, force: bool, no_color: bool) -> int:
    """List the scenarios, all or those with a tag or a text.

    TEXT is looked for in names, titles, sources and causes."""
    from proxycheck.report.terminal.rehearsals import scenario_listing

    file = output_file(json, _SCENARIOS, force=force)
    known = _scenarios(())
    chosen = [pair for pair in known if _wanted(*pair, tag, text)]
    if file:
        import msgspec

        from proxycheck.report.json import ascii_json

        file.write(ascii_json([{"name": name, **msgspec.to_builtins(scenario)} for name, scenario in chosen]))
    if not (file and file.standard):
        tags = (each for _, scenario in known for each in scenario.tags)
        show(scenario_listing(chosen, tags), no_color=no_color)
    return 0


@lab.command
@click.argument("scenario", type=scenario_or_file(), metavar="SCENARIO")
@_device_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    metavar="PORT",
    help="Listen on this port of 127.0.0.1; 0: any.",
)
@click.option(
    "--misbehave",
    multiple=True,
    metavar="HOST:PORT=WAY",
    help="A host behind the proxy that refuses, times-out, is unknown, expired and so on; * stands for anything; "
    "may repeat.",
)
@click.option("--verbose", "-v", is_flag=True, help="Tell every step of a connection.")
@guarded
def run(*, scenario: str, device: str | None, port: int, misbehave: tuple[str, ...], verbose: bool) -> int:
    """Start a simulated proxy and tell of every connection, until Ctrl-C.

    SCENARIO is a scenario's name, or a .toml file."""
    from proxycheck.catalogue.scenarios import load_scenario

    chosen = load_scenario(scenario)
    devices = _devices([(scenario, chosen)], device)
    with lab_wanted():
        from proxycheck.lab.internet.misbehaviour import misbehaving
        from proxycheck.lab.stand import stand
    playing = misbehaving(chosen, misbehave)
    stand(scenario, playing, devices[device or chosen.device], click.echo, port=port, verbose=verbose)
    return 0


@lab.command
@click.argument("scenarios", type=scenario_or_file(), metavar="[SCENARIO]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every scenario.")
@_tag_option
@click.option("--clean", is_flag=True, help="With the fault taken out: no cause is due.")
@_device_option
@json_option
@click.option("--junit", type=OutputName(), metavar="FILE", help="Write JUnit XML to FILE.")
@force_option
@no_color_option
@guarded
def check(
    *,
    scenarios: tuple[str, ...],
    everything: bool,
    tag: tuple[str, ...],
    clean: bool,
    device: str | None,
    json: str | None,
    junit: str | None,
    force: bool,
    no_color: bool,
) -> int:
    """Play scenarios, check each as a customer's proxy, and compare with what is due.

    SCENARIO is a scenario's name, or a .toml file. Exits with 0 when every expectation holds, 1 when one does not, 4
    for a fault of the lab."""
    from proxycheck.cli.delivery import WRITERS
    from proxycheck.cli.output import OutputFile

    if not (scenarios or everything or tag):
        raise UsageError("there is no scenario to check; name some, or write --all or --tag TAG")
    table = output_file(json, _OUTCOMES, force=force)
    xml = OutputFile(junit, "--junit", ours=None if force else WRITERS["junit"].ours) if junit else None
    chosen = [pair for pair in _scenarios(scenarios) if _wanted(*pair, tag, None)]
    if not chosen:
        raise UsageError("no scenario has all these tags; proxycheck lab list shows the tags")
    outcomes, seconds = _rehearse(chosen, device, clean=clean, no_color=no_color)
    if table:
        import msgspec

        from proxycheck.report.json import ascii_json

        table.write(ascii_json(msgspec.to_builtins(outcomes)))
    if xml:
        from proxycheck.report.junit import rehearsals_junit

        xml.write(rehearsals_junit(outcomes))
    if not ((table and table.standard) or (xml and xml.standard)):
        from proxycheck.report.terminal.rehearsals import rehearsal_table

        show(rehearsal_table(outcomes, seconds), no_color=no_color)
    return 0 if all(outcome.holds for outcome in outcomes) else 1


def _scenarios(names: tuple[str, ...]) -> "list[tuple[str, Scenario]]":
    from proxycheck.catalogue.scenarios import load_scenario, scenario_names

    return [(name, load_scenario(name)) for name in (names or scenario_names())]


def _wanted(name: str, scenario: "Scenario", tags: tuple[str, ...], text: str | None) -> bool:
    from proxycheck.catalogue.scenarios import speaks_of

    return set(tags) <= set(scenario.tags) and speaks_of(name, scenario, text or "")


def _devices(scenarios: "list[tuple[str, Scenario]]", name: str | None) -> "dict[str, Device]":
    from proxycheck.catalogue.devices import load_device

    names = [name] if name else [scenario.device for _, scenario in scenarios]
    return {each: load_device(each) for each in dict.fromkeys(names)}


def _rehearse(
    scenarios: "list[tuple[str, Scenario]]", device: str | None, *, clean: bool, no_color: bool
) -> "tuple[tuple[ScenarioOutcome, ...], float]":
    import time

    from msgspec import structs

    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching
    from proxycheck.model.files.scenario import without_fault

    with lab_wanted():
        from proxycheck.lab.cores import cores, outcomes_of
    if device:
        scenarios = [(name, structs.replace(scenario, device=device)) for name, scenario in scenarios]
    if clean:
        scenarios = [(name, without_fault(scenario)) for name, scenario in scenarios]
    devices = _devices(scenarios, device)
    began = time.perf_counter()
    with watching(console_for(sys.stderr, no_color=no_color), quiet=False) as observer:
        observer.phase("rehearsal", len(scenarios))

        def told(done: "ScenarioOutcome") -> None:
            observer.finished(done.name, "ok" if done.holds else "failed")

        outcomes = outcomes_of(scenarios, devices, told, cores())
    return outcomes, time.perf_counter() - began
