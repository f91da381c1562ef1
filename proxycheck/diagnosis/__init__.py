"""From evidence to causes: pure functions, so that a saved report can be judged again with newer rules.

observation     evidence sorted by endpoint: the `Case` that every rule reads
shape           which answers are alike, whoever they are about
triangulation   what requests with and without credentials tell of one another
dialect         how the device's own software takes what the proxy answered
canary  pac     what a canary and a PAC file said, read back from the evidence
tls/            whose certificate it is: identity (one host), identities (all hosts), proof (conditions and words)
products/       which product it is: names explain a cause and choose its remedies, no verdict rests on one
rules/          what explains a failure, in order; the first rule that explains an endpoint has it
finding         what a rule found, before it has words; how much may be lost before it is grave
judgement       runs the rules, weighs the findings, gives the verdicts
guard           keeps a fault of ours in one rule from costing the others
wording         finding -> Cause, in the words of fixtures/causes.toml
answers/        one sentence and one verdict for each question of `model.questions`
trust           whose certificates counted as public, and when

No I/O, no clock, no randomness. To add a rule: see `rules/__init__`. To add a question: `model.questions`, then a
function in `answers`.
"""
