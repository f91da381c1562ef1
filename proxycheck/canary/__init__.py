"""An origin of one's own that proves what arrives: a small library with a protocol, a client and a server.

The server signs what it received; the client compares that with what it sent. Nobody between them has the key.

address        how a canary is written on a command line: host, ports, public key
identity       its key and certificate, and what each of its protocols offers
statement      what it says of a connection, signed
content        bytes that both ends know beforehand, and what became of them
http  raw  tls what is spoken with it, as values
voices         what its side says in those protocols
conversation   one connection of it, without sockets: the first bytes tell what is spoken
client         channels over an open tunnel              (waits on the network)
limits         what one client may ask of a server
server         listens, answers, contacts nobody         (waits on the network)

To add a protocol: its bytes as a module like `raw`, a voice in `voices`, a branch in `conversation`, a probe in
`proxycheck.checks.canary`.
"""
