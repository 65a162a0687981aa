"""A run as Markdown: for reading, and for putting into an issue or a document.

What the models said is quoted or fenced, so that no heading, link, image or tag of theirs becomes one of
the document's.
"""

import re
from collections.abc import Iterator
from typing import Final, assert_never

from duologue.record.parts import CriterionState
from duologue.record.story import (
    MarkPart,
    Part,
    Quote,
    Story,
    ToolUse,
    TurnPart,
    Utterance,
    VerdictPart,
    Word,
)

_BOXES: Final[dict[CriterionState, str]] = {"met": "✓", "unmet": "✗", "unknown": "?"}
_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")
_LEADING: Final = re.compile(r"^(?:[-+=#]|(\d+)(?=[.)]))")
_AUTOLINK: Final = re.compile(r"(?i)(https?|ftp|mailto|www)([:.])")
# What may stand in a block quote as it is: nothing that fetches, links, opens HTML or a table, or is code.
_NOT_PROSE: Final = re.compile(
    r"[<>`~\[\]|&\\$]|(?<![^\W_])_|_(?![^\W_])|(?<!\*)\*(?![* ])|://|(?i:www\.|mailto:)|@\w"
    r"|^(?: {4}|\t| *#| *[-=*_ ]+$)",
    re.MULTILINE,
)
_RUN_OF_TICKS: Final = re.compile(r"`+")


def render_markdown(story: Story) -> str:
    """The story as a Markdown document, ending in a newline. Its texts must have been made safe."""
    return "\n".join(_document(story)) + "\n"


def _document(story: Story) -> Iterator[str]:
    yield f"# {escaped(story.goal.strip().splitlines()[0] if story.goal.strip() else 'A run')}"
    if len(story.goal.strip().splitlines()) > 1:
        yield ""
        yield from fenced(story.goal)
    yield ""
    yield f"**{escaped(story.outcome)}**" + (f": {escaped(story.reason)}" if story.reason else "")
    yield ""
    yield from _facts(story)
    yield from _criteria(story)
    if story.result is not None:
        yield from ("", "## Result", "")
        yield from fenced(story.result)
    yield from ("", "## The talk")
    for part in story.parts:
        yield ""
        yield from _part(part)


def _facts(story: Story) -> Iterator[str]:
    facts = [f"run {story.run}", f"pair {story.pair}", *story.models, f"{story.turns} turns"]
    facts += [f"{story.tokens:,} tokens", story.cost, f"{story.seconds:.1f} s", story.at]
    yield escaped(" · ".join(fact for fact in facts if fact))
    if story.skipped:
        yield ""
        yield f"Lines of the log that could not be read and are left out: {story.skipped}."


def _criteria(story: Story) -> Iterator[str]:
    if story.criteria:
        yield from ("", "## Criteria", "")
    for word in story.criteria:
        yield from _word(word)


def _part(part: Part) -> Iterator[str]:
    match part:
        case TurnPart():
            yield from _turn(part)
        case VerdictPart():
            yield from _verdict(part)
        case MarkPart():
            yield f"> **{escaped(part.what)}** {escaped(part.text)}"
        case other:
            assert_never(other)


def _turn(part: TurnPart) -> Iterator[str]:
    unfinished = ", not finished" if part.seconds is None else ""
    yield f"### Turn {part.turn}: {part.role}{unfinished}"
    for utterance in part.said:
        yield from _utterance(utterance)
    if part.claim is not None:
        yield from ("", f"The user agent says that the goal is {escaped(part.claim)}.")


def _utterance(utterance: Utterance) -> Iterator[str]:
    if utterance.reasoning.strip():
        yield from ("", "<details><summary>Reasoning</summary>", "")
        yield from spoken(utterance.reasoning)
        yield from ("", "</details>")
    if utterance.text.strip():
        yield ""
        yield from spoken(utterance.text)
    for tool in utterance.tools:
        yield from _tool(tool)


def _tool(tool: ToolUse) -> Iterator[str]:
    yield from ("", f"Tool call: {escaped(tool.name)}", "")
    yield from fenced(tool.arguments)
    if tool.result is not None:
        yield from ("", "Tool result:" if tool.ok else "Tool result, a failure:", "")
        yield from fenced(tool.result)


def _verdict(part: VerdictPart) -> Iterator[str]:
    overruled = ", overruled" if part.overruled else ""
    yield f"### Verdict after turn {part.turn}: {escaped(part.decision)}{overruled}"
    yield from ("", escaped(part.summary), "")
    for word in part.words:
        yield from _word(word)
    for line in part.ballots:
        yield f"- {escaped(line)}"
    for reason in part.overruled:
        yield f"- Overruled: {escaped(reason)}"


def _word(word: Word) -> Iterator[str]:
    yield f"- {_BOXES[word.state]} **{escaped(word.id)}** {escaped(word.text)}".rstrip()
    if word.reason:
        yield f"  - {escaped(word.reason)}"
    for quote in word.evidence:
        yield f"  - {_quote(quote)}"


def _quote(quote: Quote) -> str:
    doubt = f" ({escaped(quote.doubt)})" if quote.doubt else ""
    return f"“{escaped(quote.quote)}” — {escaped(quote.where)}{doubt}"


def escaped(text: str) -> str:
    """The text as one line of Markdown that shows it as it is."""
    line = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    line = _LEADING.sub(lambda found: f"{found[0]}\\" if found[1] else f"\\{found[0]}", line)
    return _AUTOLINK.sub(r"\1\\\2", line)


def spoken(text: str) -> Iterator[str]:
    """What somebody said: prose as a block quote, where lists and bold words live on; all else is fenced."""
    if _NOT_PROSE.search(text):
        yield from fenced(text)
        return
    for line in text.strip().split("\n"):
        # Two blanks keep the line's end.
        yield f"> {line.rstrip()}  " if line.strip() else ">"


def fenced(text: str) -> Iterator[str]:
    """The text's lines between fences that are longer than any run of backticks in it."""
    longest = max((len(found.group()) for found in _RUN_OF_TICKS.finditer(text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from text.strip("\n").split("\n")
    yield fence
