"""What the three models of the benchmark's server say: as long as real replies, and never twice the same."""

import json
import random
from typing import Final

_WORDS: Final = (
    "supplier invoice table margin quarter region figure column budget delivery contract warehouse forecast "
    "summary option measure standard estimate carrier customs weight pallet schedule transfer discount audit "
    "balance quantity product customer market season report section paragraph account ledger payment review"
)
_STANDS: Final = "Corva remains the cheapest supplier over the whole period under review."
"""A sentence that every result holds, so that the judge can quote it."""
DIFFERENT: Final = 199
TOKENS: Final = 3000
TOKEN_CHARACTERS: Final = 4
"""A long reply in tokens, and the characters of each."""
CRITERIA: Final = (
    "The result names the cheapest supplier of the list.",
    "Each supplier's yearly cost is given in euros, with the discount shown apart.",
)


def reply(model: str, number: int) -> str:
    """What the model answers when it is asked for the n-th time."""
    rng = random.Random(f"{model} {number}")
    match model:
        case "user":
            return f"Step {number}: {_prose(rng, 185)}"
        case "assistant":
            return f"{_prose(rng, 330)}\n\n<result>\n{_STANDS}\n\n{_prose(rng, 760)}\n</result>"
        case "judge":
            return _verdict(rng)
        case "burst" | "trickle":
            return _prose(rng, 2 * TOKENS * TOKEN_CHARACTERS)[: TOKENS * TOKEN_CHARACTERS]
        case _:
            raise ValueError(model)


def _prose(rng: random.Random, characters: int) -> str:
    text, words = "", _WORDS.split()
    while len(text) < characters:
        sentence = " ".join(rng.choices(words, k=rng.randint(7, 13)))
        text += f"{sentence.capitalize()} {rng.randint(10, 9999)}. "
    return text[:characters].strip()


def _verdict(rng: random.Random) -> str:
    quote = {"where": "result", "quote": _STANDS}
    criteria = [
        {"id": "c1", "state": "met", "reason": _prose(rng, 70), "evidence": [quote]},
        {"id": "c2", "state": "unmet", "reason": _prose(rng, 90), "evidence": []},
        {"id": "c3", "state": "unknown", "reason": _prose(rng, 80), "evidence": [quote]},
    ]
    thinking, summary = _prose(rng, 260), _prose(rng, 90)
    return json.dumps(
        {"thinking": thinking, "criteria": criteria, "decision": "continue", "summary": summary}
    )
