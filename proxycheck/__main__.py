"""`python -m proxycheck` and the console script."""

from proxycheck.cli.application import main

if __name__ == "__main__":
    main()
