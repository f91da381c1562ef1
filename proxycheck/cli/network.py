"""`proxycheck network`: the network a device needs, proxy or not."""

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


def network(
    device: asked.DeviceOption = None,
    json: JsonOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    no_color: NoColorOption = False,
) -> int:
    """Tell whether this network gives a device what no proxy carries: DNS, time, a gateway, open ports.

    Asks the hosts of the device's guide, without any proxy. Exit codes are those of check."""
    from proxycheck.cli.running import measured
    from proxycheck.cli.selection import chosen_device
    from proxycheck.runner import Plan

    entry = chosen_device(device)
    file = output_file(json)
    plan = Plan(
        device=entry,
        endpoints=(),
        proxy=None,
        network=True,
        command="network",
        options={"device": entry.name},
    )
    report = measured(plan, quiet=quiet, no_color=no_color)
    deliver(report, file, quiet=quiet, verbose=verbose, no_color=no_color)
    return INTERRUPTED if report.run.interrupted else verdict_code(report.verdict, strict=strict)
