"""One sentence and one verdict for each question of `proxycheck.model.questions`.

asked            what an answer may look at, and the one fold of causes into a verdict
registry         the answers by question, in one table
plain            questions that their causes answer
authentication   what the proxy wants, and what is known of the credentials; how the device's software reads it
canary           what was proved with a server of one's own, and what that leaves open
network          what the network gives the device beside the proxy
setup            how PCs get along: PAC files and this computer's settings
stages           the steps of one endpoint
by_hand          command lines that show one endpoint's failure
entry            what to enter on the device

To add an answer: a function `answer(asked)` and one line in `registry.ANSWERS`; a question without one is told by name
by `tests/diagnosis/test_answers.py`.
"""
