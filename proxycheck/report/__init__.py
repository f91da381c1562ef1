"""Renders one finished `Report`: for a terminal, as a page, as files to send on. Nothing is measured or judged here.

    reading      what a report says, once for all writers; the words are in `texts`, from `fixtures/texts`
    terminal     for a person in a hurry, and the pages of other commands, laid out by `page`
    html         one page for everybody; the report itself is inside (`embedded`, in the form of `packed`)
    markdown, junit, bundle, mask     the text of a ticket, build servers, all in one file, without names and addresses
    json, saved  the report for programs, and read back from whatever holds it
    comparison   two runs side by side
    allowlist    the hosts as configuration, in the syntax of the proxy at hand; `cells` are a spreadsheet's
    monitoring   for systems that watch many proxies

A new form is a module with one function of a `Report`, a line in `proxycheck.cli.delivery`, and its words in
`fixtures/texts`; what it needs to know is read in `reading`.
"""
