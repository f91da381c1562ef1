"""What real servers and inspecting proxies make of a device's greeting, and of the two that stand for it.

`reaction` plays a greeting and reads the answer, `servers` runs the software that answers, `differences.toml` names
every answer that is not the one to the recorded greeting, with its reason.
"""
