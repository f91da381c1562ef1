"""Renders one finished `Report`: for a terminal, as a page, as files to send on. Nothing is measured or judged here.

    reading      what a report says, once for all writers; the words are in `texts`, from `fixtures/texts`
    terminal     for a person in a hurry: a section a module (`..._section`), laid out by `page`
    html         one page for everybody; the report itself is inside (`embedded`)
    markdown, junit, bundle, mask     the text of a ticket, build servers, all in one file, without names and addresses
    json, saved  the report for programs, and read back from whatever holds it
    comparison   two runs side by side
    allowlist, plugin, prometheus     the hosts as configuration; monitoring
    demo, device_listing, observed, rehearsals, reproduce     other pages of the program, and command lines to type

A new form is a module with one function of a `Report`, a line in `proxycheck.cli.delivery`, and its words in
`fixtures/texts`; what it needs to know is read in `reading`.
"""
