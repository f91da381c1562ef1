"""A report without the names and addresses of the company it came from, that is still judged and played as before.

    stand_ins   the stand-ins: of the same length and kind as what they stand for, the same everywhere in one report
    text        where names and addresses are found in text, in base64 and in UTF-16
    report      the walk through a report
    fields      the closed list of the fields that are kept as they are

Same length, so that what was framed by a Content-Length stays framed; same kind, so that a private address stays one.
"""
