"""`proxycheck check` against real proxy software, in a private internet of network namespaces.

namespace      one network namespace: processes, links, firewall and name service inside it
namespaces     three of them, linked to a private internet; all gone at the end
authority      the certificate authorities of the private internet, and the customer's own
internet       a process: an origin for every host of the catalogue, and the public resolvers
resolver       the resolvers, one per behaviour; as a process, the customer's internal DNS
world          all of the above, started and ready
engines        the software that may listen on a customer's port; started and stopped
programs       how each is started
squid          parts of Squid's configuration; so for tinyproxy, apache, traffic_server, privoxy, haproxy, nginx, caddy
scenarios      the tables: set-up -> exit code, verdict, causes, endpoints, TLS verdicts
pairs          the tables: set-up -> the simulated proxy that is told alike
checkrun       the command under test, run in the client's namespace
wiretap        a process that keeps what the client said to the proxy: attempts are counted there
prerequisites  why this machine cannot run the suite

To add a scenario, add one `Scenario` to the table it belongs to; nothing else. The suite needs root on Linux and is
skipped elsewhere, unless PROXYCHECK_REQUIRE_ENGINES or CI is set.
"""
