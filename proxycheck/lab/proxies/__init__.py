"""A customer's proxy, simulated by mitmproxy, and what its clients do there.

customer        the proxy as data: which addons, with which options
simulated       one of them in a running event loop (imports mitmproxy)
isolation       many mitmproxy masters in one process
unnamed         what mitmproxy says in its own name, said without it (imports mitmproxy)
witness         what the clients do, a line for each connection (imports mitmproxy)
connection      what one connection came to, as that line
"""
