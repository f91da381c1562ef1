"""Every customer's proxy on one machine: an internet in a box, simulated proxies, and what is rehearsed on them.

internet/       the box: hosts, authorities, a transparency log, on loopback
proxies/        a customer's proxy as data and in motion, and what its clients do there (imports mitmproxy)
background      an event loop in a thread
stage           the box and its proxies in motion; start here
rehearsal       a scenario becomes a proxy, is checked, and compared
cores           many of them, in a process for each core
comparison      what a report says beside what was due
stand           one proxy for a person to try
check_line      the command line that checks it
child           one proxy in a process of its own, for a page that shows it
demo            three scenarios of the library, checked one after another
reproduction/   a customer's report becomes a scenario
pytest_plugin   scenarios as fixtures of other people's tests (imports pytest)
started         what these fixtures give (imports pytest)

Nothing here listens beyond loopback or contacts anything outside it. mitmproxy is imported when a lab starts and
not before; its addons live in `addons/` and import nothing of this package. A new behaviour is an addon there, a
new protocol of the hosts is a voice in `internet.origin`.
"""
