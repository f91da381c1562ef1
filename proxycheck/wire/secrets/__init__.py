"""Takes secrets out of recorded bytes before they become evidence.

redaction        what is removed, and what stands in its place
forms            the secrets of a run in every form they can take
fields           what is secret by its place, whoever's it is
protocol_words   words that HTTP writes itself, left alone even where a password is one of them

To find another form: a generator in `forms`, and its row in the table of tests/wire/test_redaction.py.
"""
