"""The command line, one file a command: it reads its options, calls one lower floor, shows what comes back.

To add a command: write a module with one function, register it in `application.py`, and add it to the README.
Everything a command needs is imported inside its function, so that `--version` and `--help` stay fast.
"""
