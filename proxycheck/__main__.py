"""`python -m proxycheck`, the console script, and the executable, which starts itself for its child processes too."""

import gc
import importlib
import sys

from proxycheck.garbage import collect_seldom
from proxycheck.resources import CHILD_WORD, CHILDREN, frozen

_INTERRUPTED = 130


def main() -> None:
    """Runs the command line of this process; an interrupt before or after a command's own work ends it in a word."""
    if sys.argv[1:2] == [CHILD_WORD] and frozen():
        sys.exit(importlib.import_module(CHILDREN[sys.argv[2]]).main())
    collect_seldom()
    try:
        from proxycheck.cli.application import main as run_command  # noqa: PLC0415  loading it can be interrupted too

        run_command()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("proxycheck: interrupted\n")
        sys.exit(_INTERRUPTED)
    finally:
        # What is left is freed with the process: to look for cycles in it once more takes a tenth of a run.
        gc.freeze()


if __name__ == "__main__":
    main()
