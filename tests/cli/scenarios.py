"""Scenarios that stand in for a model: one that is quickly done, and one that goes on until it is stopped."""

import json
from pathlib import Path
from typing import Any, Final

HAIKU: Final = "rain on the tin roof\nthe gutter counts every drop\nnobody hurries"
_PACED: Final = 400


def done_at_once(folder: Path, **more: Any) -> Path:
    """A user turn, an assistant turn, and a verdict of done whose quote stands."""
    evidence = [{"where": "result", "quote": "the gutter counts every drop"}]
    word = {"id": "c1", "state": "met", "reason": "It is there.", "evidence": evidence}
    verdict = {"thinking": "Three lines.", "criteria": [word], "decision": "done", "summary": "It is done."}
    replies = [
        ("user", "Write three lines about rain.", 1),
        ("assistant", f"Here it is.\n\n<result>\n{HAIKU}\n</result>", 1),
        ("judge", json.dumps(verdict), 1),
    ]
    return _write(folder / "done.toml", replies, **more)


def endless(folder: Path, *, speed: int = _PACED, exchanges: int = 60, **more: Any) -> Path:
    """Exchanges that never reach the goal, written at this many characters a second; at the default it goes
    on for about half a minute."""
    word = {"id": "c1", "state": "unmet", "reason": "The third line is missing.", "evidence": []}
    verdict = {"thinking": "", "criteria": [word], "decision": "continue", "summary": "Not there yet."}
    replies = []
    for number in range(1, exchanges + 1):
        topic = _TOPICS[number % len(_TOPICS)]
        replies.append(("user", f"Attempt {number}: write about {topic} and leave out the rest.", 1))
        draft = f"{topic} at number {number}\nand a second line about {topic}"
        replies.append(("assistant", f"This is number {number}.\n\n<result>\n{draft}\n</result>", 1))
    replies.append(("judge", json.dumps(verdict), exchanges))
    more.setdefault("max_turns", 2 * exchanges)
    return _write(folder / "endless.toml", replies, characters_per_second=speed, **more)


_TOPICS: Final = (
    "the harbour wall and its lamps",
    "a kite over dry fields",
    "winter light in the stairwell",
    "two bicycles by the canal",
    "bread on the window sill",
    "an owl above the car park",
    "salt on the morning ferry",
)


def _write(path: Path, replies: list[tuple[str, str, int]], **settings: Any) -> Path:
    settings = {"goal": "A haiku about rain.", "pair": "general", "derive": False, **settings}
    # JSON's strings, numbers and lists are TOML's as well.
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    for model, text, repeat in replies:
        lines += ["", "[[reply]]", f'model = "{model}"', f"text = {json.dumps(text)}", f"repeat = {repeat}"]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
