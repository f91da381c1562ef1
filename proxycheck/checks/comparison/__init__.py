"""What do the failures have in common? Questions whose answers only tell other failures apart.

controls    a name that cannot exist, the proxy's own address, a host's name in another host's tunnel
repeats     what failed once more: by itself, and beside as many others as before
together    what worked, a few at a time: opened, and none closed
outside     the hosts in question without the proxy
invented    a name that cannot exist, said in the tunnels of hosts
own_trust   whether this computer trusts an authority that the public does not
"""
