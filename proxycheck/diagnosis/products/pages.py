"""Whose page is it? Pages that a proxy writes itself, recognised by its own error page and by known products."""

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.recognition import block_page
from proxycheck.diagnosis.shape import same_author


def page_inside(case: Case, observation: Observation) -> bool:
    """Whether TLS was ended only to show a page: the answer inside it is a product's block page or leads to it, the
    proxy's own error page, or a denial for all who show a foreign certificate, in one form or in a filter's words."""
    answer, own = observation.inside_answer, case.own_page
    if answer is None:
        return False
    if observation.id in case.denied_inside:
        return True
    if answer.status >= 300 and block_page(case.knowledge.products, answer) is not None:
        return True
    if answer.status < 400 or own is None or own.reply.status < 400:
        return False
    return same_author(answer, observation.endpoint.host, own.reply, own.host)
