"""`proxycheck check` against real proxy software, in a private internet of network namespaces.

namespaces   three namespaces, their links, addresses and name service; all gone at the end
authority    the certificate authorities of the private internet
internet     a process: an origin for every host of the catalogue, and the DNS of the private internet
engines      Squid, Tinyproxy and other software that may listen on a customer's port; started and stopped
squid        configurations of Squid, each a customer's set-up
scenarios    the table: engine + options -> exit code, verdict, causes, endpoints
checkrun     the command under test, run in the client's namespace

To add a scenario, add one `Scenario` to the table of the engine it uses; nothing else.
"""
