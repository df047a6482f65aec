"""When a rule fits: a closed vocabulary of conditions as a JSON tree, pure.

A tree is None (always) or a node with one meaning:

    {"and": [node, …]}   {"or": [node, …]}   {"not": node}
    {"fact": "confidence", "op": "lt", "value": 0.6}

``vocabulary.TERMS`` lists the facts and what may be asked of each; docs/routing.md tells them with
examples. Evaluation never fails: what is absent or of another type makes a leaf false, and
``explain`` says so.
"""

from reviews.conditions.checking import validate
from reviews.conditions.contradicting import contradictions
from reviews.conditions.evaluating import compiled, evaluate
from reviews.conditions.explaining import Result, explain
from reviews.conditions.facts import Facts, Proposed, words_of
from reviews.conditions.sentences import Names, sentence
from reviews.conditions.walking import Tree, ids_in, leaves

__all__ = [
    "Facts",
    "Names",
    "Proposed",
    "Result",
    "Tree",
    "compiled",
    "contradictions",
    "evaluate",
    "explain",
    "ids_in",
    "leaves",
    "sentence",
    "validate",
    "words_of",
]
