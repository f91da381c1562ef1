"""How do PCs get along? Their PAC file and their own settings, which the device cannot use.

pac               where a PAC file sends each of the device's hosts
pac_proxies       whether the proxies that it names answer
system_settings   what this computer's settings say

These run before a run has a proxy: what they find may name it (`runner.preparation`).
"""
