"""`python -m proxycheck` and the console script."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Runs the command line of this process; an interrupt before or after a command's own work ends it in a word."""
    try:
        from proxycheck.cli.application import main as run_command  # noqa: PLC0415  loading it can be interrupted too

        run_command()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("proxycheck: interrupted\n")
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
