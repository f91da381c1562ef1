"""Many mitmproxy masters in one event loop, each with its own `mitmproxy.ctx`.

mitmproxy keeps the running master and its options in two attributes of the module `mitmproxy.ctx`, so the
master made last would own every connection. Here these attributes become context variables: a listener
started in one `contextvars.Context` hands that context to every connection it accepts, and with it the
right master and options. A context that has set nothing sees what the module held before. (Changing a
module's class is described under "Customizing module attribute access" in the Python language reference.)
"""

from contextvars import ContextVar
from types import ModuleType
from typing import Any

from mitmproxy import ctx


class _PerContext:
    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name
        self._value: ContextVar[Any] = ContextVar(f"mitmproxy.ctx.{name}")

    def __get__(self, module: ModuleType, _owner: type | None = None) -> Any:
        try:
            return self._value.get()
        except LookupError:
            pass
        try:
            return module.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, _module: ModuleType, value: object) -> None:
        self._value.set(value)


class _IsolatedModule(ModuleType):
    master = _PerContext()
    options = _PerContext()
    log = _PerContext()

    def __getattribute__(self, name: str) -> Any:
        """Makes Python 3.14 ask for each attribute: what it finds in the dictionary of a plain module it takes from
        there the next time, and passes over the class."""
        return super().__getattribute__(name)


def isolate() -> None:
    """Makes `mitmproxy.ctx` differ by context. Doing it again changes nothing."""
    module: ModuleType = ctx
    if not isinstance(module, _IsolatedModule):
        module.__class__ = _IsolatedModule
