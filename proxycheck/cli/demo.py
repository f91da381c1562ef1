"""`proxycheck demo`: the main job on the embedded lab."""

import sys
from typing import TYPE_CHECKING

import click

from proxycheck.cli.delivery import WRITERS
from proxycheck.cli.ending import INTERRUPTED, guarded, lab_wanted
from proxycheck.cli.options import force_option, json_option, no_color_option, output_file
from proxycheck.cli.output import show

if TYPE_CHECKING:
    from proxycheck.cli.progress import Silent
    from proxycheck.lab.proxies.customer import CustomerProxy
    from proxycheck.model.report import Report

_DEVICE = "sendpro-c"


@click.command
@json_option
@force_option
@no_color_option
@guarded
def demo(*, json: str | None, force: bool, no_color: bool) -> int:
    """Check a good and two bad simulated proxies; needs no network."""
    from proxycheck.report.terminal.demo import Row, demo_page

    file = output_file(json, WRITERS["json"].ours, force=force)
    played = _play(no_color=no_color)
    if file:
        from msgspec import to_builtins

        from proxycheck.report.json import ascii_json

        file.write(ascii_json([{"proxy": customer.name, "report": to_builtins(it)} for customer, it in played]))
    if not (file and file.standard):
        page = demo_page(Row(customer.name, customer.title, report) for customer, report in played)
        show(page, no_color=no_color)
    return INTERRUPTED if any(report.run.interrupted for _, report in played) else 0


def _play(*, no_color: bool) -> "tuple[tuple[CustomerProxy, Report], ...]":
    from proxycheck.catalogue.devices import load_device
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching

    with lab_wanted():
        from proxycheck.lab.demo import play

    def observe(customer: "CustomerProxy") -> "Silent":
        watcher.about(customer.name)
        return watcher

    device, knowledge = load_device(_DEVICE), load_knowledge()
    with watching(console_for(sys.stderr, no_color=no_color), quiet=False) as watcher:
        return play(device, knowledge, observe)
