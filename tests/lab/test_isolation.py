"""Each context has its own `mitmproxy.ctx`, and tasks inherit it."""

import asyncio
import contextvars

import pytest
from mitmproxy import ctx, master, options

from proxycheck.lab.proxies.isolation import isolate


def test_masters_made_in_different_contexts_do_not_see_each_other() -> None:
    isolate()
    seen: dict[str, str] = {}

    async def make(name: str) -> None:
        made = master.Master(options.Options(listen_host=name))
        await asyncio.sleep(0)
        assert ctx.master is made
        await asyncio.create_task(look(name))
        await made.done()

    async def look(name: str) -> None:
        seen[name] = ctx.options.listen_host

    async def scenario() -> None:
        await asyncio.gather(make("one"), make("two"))

    asyncio.run(scenario())
    assert seen == {"one": "one", "two": "two"}


def test_isolating_twice_changes_nothing() -> None:
    isolate()
    kind = type(ctx)
    isolate()
    assert type(ctx) is kind


def test_a_context_that_set_nothing_sees_what_the_module_held(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate()
    held = options.Options()
    monkeypatch.setitem(vars(ctx), "options", held)
    assert contextvars.Context().run(lambda: ctx.options) is held
    monkeypatch.delitem(vars(ctx), "options")
    with pytest.raises(AttributeError, match="options"):
        contextvars.Context().run(lambda: ctx.options)
