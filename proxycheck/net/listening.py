"""A listening TCP socket for a server that others wrote."""

import os
import socket

Listener = socket.socket


def listen_on(host: str, port: int) -> Listener:
    """A socket that listens on `host` (a name or an address) and `port`, 0 for any free one.

    Raises OSError when that cannot be."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind)
    try:
        if os.name != "nt":  # where it means that another program may take the port away
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
