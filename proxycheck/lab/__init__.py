"""Every customer's proxy on one machine: an internet in a box, simulated proxies, and what is rehearsed on them.

authority     certificate authorities: a public-like one, and those of inspecting proxies
certificates  one certificate for each host of the box, minted when first asked for
origin        what an origin says, as bytes in and bytes out: HTTP, TLS, TeamViewer
manners       origins that misbehave on request: expired, private, silent
misbehaviour  hosts that misbehave because somebody asked for it
internet      the box: one port on loopback that answers as every host, and one for each manner
customer      a customer's proxy as data: which addons, with which options
isolation     many mitmproxy masters in one process
proxy         one simulated proxy in a running event loop (imports mitmproxy)
faults        what goes wrong inside the lab itself
background    an event loop in a thread
rehearsal     all of it in motion; start here
witness       what a proxy's clients do, a line for each step (imports mitmproxy)
scenario      scenarios in motion: a scenario becomes a proxy, is checked, and compared
comparison    what a report says beside what was due
stand         one proxy for a person to try
pytest_plugin scenarios as fixtures of other people's tests (imports pytest)
started       what these fixtures give (imports pytest)
ct_log        a Certificate Transparency log of the lab's own
reproduction  a customer's report becomes a scenario
demo          three customers' proxies, checked one after another

Nothing here listens beyond loopback or contacts anything outside it. mitmproxy is imported when a lab starts and
not before; its addons live in `addons/` and import nothing of this package. A new behaviour is an addon there, a
new protocol of the origins is a voice in `origin`.
"""
