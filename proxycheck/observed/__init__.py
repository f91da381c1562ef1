"""What a real device did behind the observer (`addons/observe.py`): a log is judged, nothing is measured.

log         JSON lines to connections
attempts    what became of each request, judged from outside
groups      everything that was seen of one `host:port`
listing     under which entry of the guide it falls
evidence    the same as `Evidence`, so that the rules of a measured run explain it
causes      what those rules say, as far as it is true of a device that was there itself
judgement   the report: reached, lost, failed, not tried, used besides
judging     the log, the roots and the moment put together

To have something new judged: a field in `model.observed`, written by the addon, read in `attempts` or `groups`.
"""
