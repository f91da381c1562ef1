"""Recorded evidence, sorted by what it was about: the view that the rules look at. Pure.

`endpoint` is all that was seen of one endpoint, `case` the whole run with its comparisons, `hearing` where bytes came
out of TLS, `attempts` sorts a run's evidence into these.
"""

from proxycheck.diagnosis.observation.attempts import open_case
from proxycheck.diagnosis.observation.case import Case, Control
from proxycheck.diagnosis.observation.endpoint import Observation
from proxycheck.diagnosis.observation.hearing import place_of

__all__ = ["Case", "Control", "Observation", "open_case", "place_of"]
