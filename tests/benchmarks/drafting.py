"""`python -m tests.benchmarks.drafting`: what 32 tokens more cost on the screen, in a turn of any length."""

import time
from collections.abc import Iterator
from typing import Final

from duologue.record.draft import Draft
from duologue.record.events import Record, RunStarted, TurnStarted
from duologue.record.parts import LimitsRecord, PairRecord
from duologue.record.view import RunView
from duologue.tui.blocks import paint_row
from duologue.tui.column import Column
from duologue.tui.look import Look
from duologue.tui.palette import DARK
from tests.benchmarks.table import Row, middle, shown, where

_SHORT: Final = 2_000
_TOKENS: Final = 32 * 4
_APPENDS: Final = 40
_LOOK: Final = Look(100, DARK)
_PROSE: Final = """\
## What was found

It says **nothing** of `note.txt`, and goes on for a while, as prose does that is written by a model; it
wraps over some lines, with a [link](https://example.com/page) in it.

- one thing
- another *thing*, of which more is to be said than of the one before it
  - a part of it

```python
def squared(number: int) -> int:
    return number * number  # as it should be
```

| name | count |
|------|-------|
| one  | 1     |
| two  | 22    |

1. first
2. second

> It was said before.

"""
_CODE: Final = "```python\n" + "".join(
    f"    value_{at} = compute(value, {at})  # why\n" for at in range(9_000)
)
TEXTS: Final = {
    "mixed Markdown": _PROSE,
    "unclosed code": _CODE,
    "one paragraph": "word " * 50_000,
}


def rows() -> Iterator[Row]:
    """A row a kind of text and length: the cost of an append there, to that in a text of 2 KB."""
    for what, text in TEXTS.items():
        short = _appends(text, _SHORT)
        for size in (26_000, 95_000, 200_000):
            long = _appends(text, size)
            detail = f"{long * 1000:.1f} ms : {short * 1000:.1f} ms of cpu"
            yield Row(f"32 tokens more in {size // 1000} KB of {what}", long / short, "×", 2, detail=detail)


def _appends(text: str, size: int) -> float:
    """Seconds of processor time that an append takes, in the middle of as many."""
    whole = text * ((size + _TOKENS * _APPENDS) // len(text) + 1)
    column, view = Column(paint_row, _LOOK, draft_share=1), _begun()
    taken = []
    for place in range(size - _TOKENS, size + _TOKENS * _APPENDS, _TOKENS):
        began = time.thread_time()
        column.show(view, Draft(1, "assistant", "turn", "a", whole[:place]))
        column.measure(1)
        taken.append(time.thread_time() - began)
    return middle(taken[1:])


def _begun() -> RunView:
    view = RunView()
    pair = PairRecord(name="p", title="P", version=1, prompts={})
    started = RunStarted(
        program="0", run="r", goal="g", pair=pair, settings={}, limits=LimitsRecord(), seed=1
    )
    for seq, event in enumerate((started, TurnStarted(turn=1, role="assistant")), 1):
        view.apply(Record(seq, "", seq, event, ""))
    return view


def main() -> None:
    """Print the table."""
    print(f"A draft on the screen, taken on {where()}", flush=True)
    for row in rows():
        print(shown(row), flush=True)


if __name__ == "__main__":
    main()
