"""How fast is `proxycheck check` beside `curl --parallel`? Run it as root: `python -m tests.benchmark`.

The same private internet and the same Squid serve both; both ask the same endpoints. Once the client's link to the
proxy is a wire, once it is 50 ms of round-trip time long. Printed are medians; nothing is asserted.

lab       how long the lab takes to start
measure   one command: wall time, CPU time, peak memory
delay     a link between two namespaces on which every packet travels for a while
"""
