"""The rules, in order. Each explains what the earlier ones left; what is explained once is not explained again.

To add a rule: a function `rule(case, unexplained)` in the module of its subject, one line in `RULES`, and a test that
shows a case in which it speaks and one in which it is silent.
"""

from proxycheck.diagnosis.finding import Rule
from proxycheck.diagnosis.rules import (
    authentication,
    behind,
    connect,
    dialect,
    direct,
    handshake,
    hellos,
    inside_tls,
    intercept_port,
    listener,
    odd_success,
    other_protocol,
    plain_beside,
    plain_foreign,
    plain_http,
    ports,
    repeats,
    same_host,
    tunnel,
    unasked,
    unsteady,
    upstream,
)

LISTENER: tuple[Rule, ...] = (
    listener.unreachable,
    other_protocol.socks,
    other_protocol.tls,
    intercept_port.intercept_port,
    listener.silent,
    listener.other_service,
    listener.web_server,
    listener.web_login,
    listener.named_otherwise,
)
"""These speak of the whole set-up; one of them ends the diagnosis."""

RULES: tuple[Rule, ...] = (
    authentication.refused,
    authentication.cut_off,
    authentication.interactive,
    authentication.asked_otherwise,
    authentication.not_enforced,
    dialect.misread,
    dialect.misread_by_applications,
    unasked.wanted_unasked,
    unasked.refused_bare,
    *map(
        authentication.unless_refused,
        (
            connect.nothing_opens,
            same_host.one_at_a_time,
            repeats.in_a_crowd,
            repeats.no_more,
            unsteady.unsteady,
            unsteady.refused_for_now,
            ports.port_denied,
            unasked.refused_before,
            connect.host_denied,
            upstream.unreached,
            connect.unreadable,
            tunnel.asks_inside,
            odd_success.behind_something,
            tunnel.page,
            hellos.rejected,
            behind.dead_ports,
            tunnel.tls_only,
            tunnel.dead,
            tunnel.dead_domain,
            handshake.cut,
            plain_http.portal,
            plain_foreign.in_place_of_the_check,
            plain_http.sent_elsewhere,
            plain_http.foreign_page,
            plain_http.answered_on_the_way,
            plain_beside.portal_outside,
            plain_foreign.one_page_in_tunnels,
            plain_foreign.denied_in_words,
            plain_foreign.otherwise_without,
            tunnel.plain_dead,
            plain_http.unanswered,
            inside_tls.cut_inside,
            tunnel.rest,
        ),
    ),
)

WITHOUT_PROXY: tuple[Rule, ...] = (
    direct.unreached,
    tunnel.page,
    hellos.rejected,
    behind.dead_ports,
    tunnel.tls_only,
    tunnel.dead,
    handshake.cut,
    plain_http.portal,
    plain_foreign.in_place_of_the_check,
    plain_http.sent_elsewhere,
    plain_http.foreign_page,
    plain_foreign.denied_in_words,
    tunnel.plain_dead,
    inside_tls.cut_inside,
    tunnel.rest,
)
"""The rules for a path without a proxy."""
