"""Services that no HTTP proxy carries, asked by address.

datagram   one question and its answer over UDP
names      DNS servers (UDP and TCP)
time       time servers
"""
