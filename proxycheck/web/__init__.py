"""Servers that show what a run found: `exporter` to Prometheus, `page` to one person. They measure nothing themselves.

Each run is a process of its own (`process` starts it, `child` is what runs there, `order` is what it is asked): one
that hangs or leaks is ended and leaves nothing, a run can be cancelled at any moment, and what a hostile proxy sent is
read where nothing is kept. `serving` is the one way in which both listen.
"""
