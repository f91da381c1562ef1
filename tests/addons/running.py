"""An addon as mitmproxy runs it: options added and configured, without a proxy."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mitmproxy import hooks
from mitmproxy.test import taddons


@contextmanager
def configured(addon: object, *others: object, **settings: Any) -> Iterator[None]:
    """Loads the addons, sets options and configures `addon` with all of them, as mitmdump does with a script.

    Raises OptionsError where an addon refuses a setting."""
    handlers = tuple(logging.getLogger().handlers)
    context = taddons.context(*others, addon)
    try:
        context.options.update(**settings)
        everything = hooks.ConfigureHook(set(context.options.keys()))
        context.master.addons.invoke_addon_sync(addon, everything)
        yield
    finally:
        for handler in set(logging.getLogger().handlers).difference(handlers):
            logging.getLogger().removeHandler(handler)
        context.master.event_loop.close()
