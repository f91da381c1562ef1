"""A request is served only to listed kinds of User-Agent.

Whose behaviour: gateways with rules by user agent, as Cisco's access policies have them ("Protocols and User
Agents", AsyncOS guide, access policies) and Squid's `acl browser`: browsers pass, what calls itself Dalvik or
okhttp, or nothing at all, is refused.

    mitmdump -s addons/user_agents.py --set user_agents='^Mozilla/'
"""

import re
from collections.abc import Sequence

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader

_PAGE = "<html><head><title>403 Forbidden</title></head><body><p>This application is not permitted.</p></body></html>\n"


class UserAgents:
    """Refuses requests whose User-Agent fits none of the patterns."""

    def __init__(self) -> None:
        self.patterns: list[re.Pattern[str]] = []

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("user_agents", Sequence[str], ["^Mozilla/"], "Who is served (regular expressions).")
        loader.add_option("user_agents_connect_only", bool, False, "Judge CONNECT only.")
        loader.add_option("user_agents_status", int, 403, "Status code of the refusal.")

    def configure(self, updated: set[str]) -> None:
        """Compiles the patterns."""
        if "user_agents" in updated:
            try:
                self.patterns = [re.compile(text) for text in ctx.options.user_agents]
            except re.error as error:
                raise exceptions.OptionsError(f"user_agents: not a regular expression: {error}") from error

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Judges CONNECT."""
        self.judge(flow)

    def request(self, flow: http.HTTPFlow) -> None:
        """Judges ordinary requests."""
        if not ctx.options.user_agents_connect_only:
            self.judge(flow)

    def judge(self, flow: http.HTTPFlow) -> None:
        """Answers whoever is not wanted."""
        name = flow.request.headers.get("User-Agent", "")
        if flow.response is None and not any(pattern.search(name) for pattern in self.patterns):
            flow.response = http.Response.make(ctx.options.user_agents_status, _PAGE, {"Content-Type": "text/html"})


addons = [UserAgents()]
