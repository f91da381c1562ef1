"""`python -m proxycheck`, the console script, and the executable, which starts itself for its child processes too."""

import gc
import importlib
import sys

from proxycheck.resources import CHILD_WORD, CHILDREN, frozen

_INTERRUPTED = 130
_COLLECT_AFTER = 150_000
"""Objects made before the garbage collector looks for cycles."""


def main() -> None:
    """Runs the command line of this process; an interrupt before or after a command's own work ends it in a word."""
    if sys.argv[1:2] == [CHILD_WORD] and frozen():
        sys.exit(importlib.import_module(CHILDREN[sys.argv[2]]).main())
    # A command makes much that lasts and few cycles: to look for them as often as usual costs a twentieth of its time.
    gc.set_threshold(_COLLECT_AFTER)
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
