"""`proxycheck network`: the network a device needs, proxy or not."""

import click

from proxycheck.cli import check_options as asked
from proxycheck.cli.delivery import Output
from proxycheck.cli.ending import INTERRUPTED, guarded, interrupted, report_code
from proxycheck.cli.options import report_options


@click.command
@asked.device_option
@report_options
@guarded
def network(*, device: str | None, wanted: Output) -> int:
    """Tell whether this network gives a device what no proxy carries: DNS, time, a gateway, open ports.

    Asks the hosts of the device's guide, without any proxy. Exit codes are those of check."""
    from proxycheck.cli.running import measured
    from proxycheck.runner import Plan
    from proxycheck.runner.selection import chosen_device

    entry = chosen_device(device)
    delivery = wanted.opened()
    plan = Plan(
        device=entry,
        endpoints=(),
        proxy=None,
        network=True,
        command="network",
        options={"device": entry.name},
    )
    report = measured(plan, quiet=wanted.quiet, no_color=wanted.no_color)
    delivery.deliver(report)
    return INTERRUPTED if interrupted(report) else report_code(report, strict=wanted.strict)
