"""Every customer's proxy on one machine: an internet in a box, simulated proxies, and what is rehearsed on them.

authority     certificate authorities: a public-like one, and those of inspecting proxies
certificates  one certificate for each host of the box, minted when first asked for
origin        what an origin says, as bytes in and bytes out: HTTP, TLS, TeamViewer
internet      the box: one port on loopback that answers as every host
customer      a customer's proxy as data: which addons, with which options
isolation     many mitmproxy masters in one process
proxy         one simulated proxy in a running event loop (imports mitmproxy)
faults        what goes wrong inside the lab itself
background    an event loop in a thread
rehearsal     all of it in motion; start here
ct_log        a Certificate Transparency log of the lab's own
demo          three customers' proxies, checked one after another

Nothing here listens beyond loopback or contacts anything outside it. mitmproxy is imported when a lab starts and
not before; its addons live in `addons/` and import nothing of this package. A new behaviour is an addon there, a
new protocol of the origins is a voice in `origin`.
"""
