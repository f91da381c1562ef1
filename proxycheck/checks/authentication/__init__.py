"""Which authentication does the proxy want, and are the credentials right?

attempt        one CONNECT with credentials on a connection of its own, and what the run has met so far
bare           what a device is answered that sends no credentials unasked
credentials    the check: the strongest scheme that proves the given credentials, then the probes
login_probes   variants of the credentials that a person asked for, each worth one refused login at most

To add a probe: a name in `model.questions`, a field of `model.target.Probes`, a line in `login_probes.PROBES`.
"""
