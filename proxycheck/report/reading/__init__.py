"""What a finished `Report` says, in the form in which people are told it: pure functions, the same for every writer.

    needs       what is needed, alternatives counted once, and how each need fared
    functions   what works for people: works, partly, lost, unknown
    headline    the verdict and its reason in one sentence
    causes      each cause with what was seen, what it affects and what to change
    facts       when, where, with which guide; what was contacted
    findings    what was measured and found good, what nobody decided, what was not measured
    matrix      host by stage, failing first
    timeline    where the time went, and what hung
    letters     the text for each of those who are to act

A writer (terminal, page, Markdown, JUnit) decides how that looks, and nothing else. Words come from `fixtures/texts`.
"""
