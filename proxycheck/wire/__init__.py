"""Protocols as values: bytes in, facts out. No sockets, no clock, no randomness; those are passed in.

http/           requests, answers, content
auth/           what a 407 offers, and what is sent back
tls/            greetings, the server's first flight, a client on memory
certificates/   what a certificate says, and what a chain proves
secrets/        what is removed from recorded bytes
address         addresses as people type them, and as reports store them
domains         whose a host name is
banners  socks  teamviewer   first words of other protocols
dns_answer  sntp             answers of name and time servers
command_line                 how shells are told the words of a command
pattern                      regular expressions that are compiled when they are asked

A new protocol gets a module here with its rules and RFC clauses at the top, and tests that feed it whole, byte by
byte and with trailing data.
"""
