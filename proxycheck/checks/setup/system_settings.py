"""What do this computer's own settings say: its proxies, its PAC address, and what it sends around the proxy?"""

from typing import Final

import msgspec

from proxycheck.net.computer.system_settings import read_system_settings
from proxycheck.net.trace import Trace
from proxycheck.routes.system.settings import SystemSettings

ID: Final = "system-settings"


def record(trace: Trace) -> tuple[SystemSettings, ...]:
    """The settings of every place that configures a proxy, each recorded whole (as JSON) under `settings`; a single
    record without content says that there are none. Blocks as the reading does."""
    places = read_system_settings()
    for place in places:
        recorder = trace.begin(ID, "settings", None, variant=place.source)
        recorder.received(msgspec.json.encode(place))
        recorder.finish("closed", note=place.where or None)
    if not places:
        trace.begin(ID, "settings", None, variant="none").finish("closed")
    return places
