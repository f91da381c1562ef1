"""A customer's report becomes a scenario: what was recorded of the proxy is said again, byte for byte where it counts.

carried      what of a report a lab can play, and in words what it cannot
targets      sets of targets in few words: by port, by domain, by name
replies      an answer, and whether two answers are the same one for other targets
groups       targets that were answered alike, together
connects     how CONNECT is answered                               (addon raw_connect)
tunnels      tunnels that die, or are answered by somebody else    (tunnel_filter)
greetings    TLS greetings that do not pass                        (hello_filter)
authorities  who signs in the hosts' place; hosts in disorder      (tls_authorities, names)
requests     plain requests and first words in other protocols     (listener, tls_listener, http_pages)
expectation  what is due: the report's verdict, causes and endpoints
composition  all of it in one scenario; start here
written      the scenario as a TOML file

Pure: nothing is contacted. What is added to a report's evidence one day is either played here or named as lost in
`carried`.
"""
