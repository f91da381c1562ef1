"""Measures and prints."""

import argparse
import os
import sys

from tests.benchmark.targets import Targets

_RUNS = 7


def main() -> int:
    """What the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description="How fast is proxycheck?")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--worlds", action="store_true", help="the worst proxies, in simulated time")
    chosen.add_argument(
        "--scale", type=int, nargs="?", const=10_000, metavar="MOST", help="100, 1,000 and 10,000 endpoints, up to MOST"
    )
    chosen.add_argument("--lab", action="store_true", help="the lab on all cores")
    parser.add_argument("--runs", type=int, default=_RUNS, help="medians of so many runs (the good run)")
    parser.add_argument("--within", type=float, help="fail where a figure is more than so many times its target")
    asked = parser.parse_args()
    os.umask(0o022)
    targets = Targets(asked.within)
    if asked.worlds:
        from tests.benchmark import worlds

        worlds.main(targets)
    elif asked.scale:
        from tests.benchmark import scale

        scale.main(targets, tuple(size for size in scale.SIZES if size <= asked.scale))
    elif asked.lab:
        from tests.benchmark import lab

        lab.main(targets)
    else:
        from tests.benchmark import good

        good.main(targets, asked.runs)
    return targets.end()


if __name__ == "__main__":
    sys.exit(main())
