"""`python -m tests.hostile`: the long campaign. Ends with 1 where anything went wrong."""

import argparse
import sys

from tests.hostile.campaign import run


def main() -> int:
    """Runs the campaign of the command line and prints what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000, help="hostile connections to make (default 10000)")
    parser.add_argument("--files", type=int, default=20_000, help="mutated files to read (default 20000)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; one that was printed plays its run again")
    asked = parser.parse_args()

    def told(line: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{line}")

    result = run(asked.connections, asked.files, asked.seed, told)
    sys.stdout.write("\n".join(("", *result.lines(), "")))
    return 0 if result.clean else 1


if __name__ == "__main__":
    sys.exit(main())
