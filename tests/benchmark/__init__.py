"""How fast is `proxycheck check` beside `curl --parallel`? Run it as root: `python -m tests.benchmark`.

The same private internet and the same Squid serve both; both ask the same endpoints, in the version of TLS that the
device speaks. Once the client's link to the proxy is a wire, once it is 50 ms of round-trip time long. Medians are
printed beside what they are to reach, and what is missed is named; with `--within 3` more than three times a target
ends with 1. It needs Squid, curl, ip and nft, nothing else.

`--worlds` plays the worst proxies in simulated time, `--scale` device files of 100, 1,000 and 10,000 endpoints, and
`--lab` the lab on all cores. Each runs alone.

good      the good run, against curl
worlds    the worst proxies
scale     many endpoints
lab       how long the lab takes to start and to check
targets   what a figure is to reach, and the lines that say so
place     the private internet, with a near and a far link to its Squid
bare      the least that Python needs: the same libraries and handshakes, nothing judged
measure   one command: wall time, CPU time, peak memory
delay     a link between two namespaces on which every packet travels for a while
"""
