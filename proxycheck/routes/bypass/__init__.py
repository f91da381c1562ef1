"""Bypass lists: would this program go direct to this host, and which token of the list says so?

bypass      the table of dialects
programs    command-line programs and libraries (`no_proxy`)
systems     browsers and desktop systems
target      the host that is asked about
networks    addresses and networks as lists write them

To add a dialect: a function, a line in the table of `bypass`, its rows in tests/routes/test_no_proxy.py.
"""
