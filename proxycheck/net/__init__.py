"""The only floor with sockets: a stream, a dialler, the record of what happened, and the tunnel.

Network trouble ends as a `Failure` in the one table `net.failures`; nothing above this floor sees an OSError.
"""
