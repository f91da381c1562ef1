"""TLS up to the server's first flight, and a client that keeps what it is shown.

client             a whole handshake on memory BIOs (pyOpenSSL)
client_hello       the device's ClientHello byte by byte, on hello_extensions
flight             the server's answer to it, on records and server_messages
possession         whether the other end holds the key of its certificate, by the kind of key exchange (cipher_suites)
alerts             the names of alerts
greeting           a greeting for a listener of any kind
"""
