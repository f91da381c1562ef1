"""Renders what a person in a hurry reads on a terminal, laid out by `proxycheck.report.page`.

    report                                               the whole answer of a check, a section a module:
    functions, causes, findings, endpoints, pac, entry   what works, what to change, what else was seen, what to enter
    demo, device_listing, observed, rehearsals           the pages of other commands

A new section is a module with one function that writes on a `Page`, called in `report` where the reader expects it.
"""
