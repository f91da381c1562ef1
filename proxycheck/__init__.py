"""proxycheck tells whether a Pitney Bowes device will work behind an HTTP proxy, and if not, why.

Three stages that never mix: *measure* touches the network and records what happened as data, *diagnose* turns
recorded evidence into causes without any I/O, *report* renders one finished report.

Floors; a module imports only from floors below its own, and siblings on one floor do not import each other:

    7   cli, __main__               one file a command: parses, chooses renderers, returns the exit code
    6   lab, observed, web          internet in a box, simulated proxies | what a real device did | servers
    5   runner                      runs the checks under limits, has them diagnosed, builds the Report
    4   checks, diagnosis, report   a question each | evidence to causes | Report to text
    3½  canary                      an origin of one's own that proves what arrives: protocol, client, server
    3   net                         the only sockets; the trace; the one exception-to-failure table
    2   wire, catalogue, routes     protocols without I/O | fixtures/*.toml to model | PAC, system settings
    1   model                       frozen types, no logic beyond their own invariants
    0   errors, resources, garbage  what stops the tool | where fixtures/ and addons/ live | cycles of objects

Sockets, TLS libraries of the system and name resolution are `net`'s alone (and the lab's). `checks` and `runner` use
asyncio only to wait for several things at once, under limits. `wire`, `diagnosis` and `model` know neither network nor
clock nor chance; no other room than the lab knows mitmproxy or pytest. `tests/test_floors.py` reads every import. Two
pairs on one floor may meet: `__main__` opens `cli`, and what `resources` cannot find is one of the `errors`.

Nouns: a `Device` needs `Endpoint`s; through a `ProxyAddress` a check records `Evidence`, where a `Failure` is
a result and no exception; the diagnosis finds a few `Cause`s, each with `Remedy`s; a `Report` holds it all,
has its verdict before any renderer runs, and can be diagnosed again years later.

For pytest, which would otherwise rewrite a package that brings a plugin: PYTEST_DONT_REWRITE.
"""

__version__ = "0.1.0"
