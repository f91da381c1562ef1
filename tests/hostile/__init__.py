"""The campaign: proxies that lie, break and flood, and files that were tampered with, by the thousand, from seeds.

    mutation         bytes and structures made worse
    certificates     chains that no public authority issued, many of them broken after they were signed
    conversations    what a hostile proxy says on one connection, by kind
    writers          every form of a report, and what hostile text may not become in it
    connections      whole runs against such proxies, in simulated time
    files            saved reports, scenarios, PAC files, observer logs, device files, mutated and read
    campaign         both until enough was tried, and what came of it

No genuine origin stands behind any of these proxies: a pass, or a verdict that lets a customer go ahead, is a failure
of the program, and so is every exception that is no sentence for a person. `python -m tests.hostile` runs the long one;
a seed that it prints is played again by `--seed`. Everything follows from its seed but the order of connections.
"""
