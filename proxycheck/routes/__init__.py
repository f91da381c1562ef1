"""Where requests go before any proxy is asked.

pac/      PAC files: their text, their answers, the process in which one runs
bypass/   bypass lists in every program's dialect
system/   the proxy settings of each system, in one type
gateway   the way out of a computer, read from what its system prints

Nothing here opens a socket, starts a process or reads a setting: `proxycheck.net.pac` and `proxycheck.net.computer` do.
"""
