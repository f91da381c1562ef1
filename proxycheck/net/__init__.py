"""The only floor with sockets: a stream, a dialler, the record of what happened, and the tunnel.

stream            bytes in and out, and how a connection is dialled
trace  budget     the record of a run, without secrets, and how much of it is kept
failures          the one table from exceptions to failures: nothing above this floor sees an OSError
exchange          one request and its answer
tunnel            CONNECT, with credentials as the gate allows
authentication/   the gate, and logins by other schemes
payload  hello    what is said in a tunnel: a handshake, a request, a ClientHello byte by byte
direct  control   hosts without a proxy
services/         DNS and time
pac/              a PAC file fetched and run
computer/         what this system says of itself
listening         servers of our own: where they may listen

To measure something new: write it as a function that begins a record in the trace and finishes it whatever happens.
"""
