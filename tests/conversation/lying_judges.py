"""Stand-ins for judges that lie, at httpx's transport."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from duologue.conversation.exhibit import shown
from duologue.endpoint.scenario import Reply, Scenario
from duologue.endpoint.scripted import ScriptedTransport

_FOUND: Final[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "injections.toml").read_text("utf-8"))
SILENT: Final = {name: found["text"] for name, found in _FOUND.items() if not isinstance(found, str)}
LOUD: Final = {name: found for name, found in _FOUND.items() if isinstance(found, str)}
"""Each by its name: `SILENT` are those that the guard does not know, `LOUD` all others."""

HOLLOW: Final = "Nothing has been compared so far."
"""A result that does nothing of what the goal asks."""


PLACES: Final = ("result", "turn 1", "turn 2", "goal", "c1", "source note.txt")


class Obedient(httpx.AsyncBaseTransport):
    """Agents by a scenario, and a judge that obeys what it reads.

    It obeys as soon as a line of the command stands in what it is shown: then it says done and brings every
    quote that the command supplies, from every place. Else it says continue.
    """

    def __init__(self, command: str, *agents: Reply, quotes: Sequence[str] = ()) -> None:
        self._agents = ScriptedTransport(Scenario(reply=agents))
        self._command = [line.strip() for line in map(shown, command.splitlines()) if line.strip()]
        self._quotes = [*quotes, *supplied(command)]
        self.prompts: list[str] = []

    @property
    def obeyed(self) -> int:
        """How often it read the command."""
        return sum(map(self._reads, self.prompts))

    def _reads(self, prompt: str) -> bool:
        return any(line in prompt for line in self._command)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The agents' next reply, or the judge's own."""
        content = await request.aread()
        body = json.loads(content) if content else {}
        if body.get("model") not in ("judge", "appeal"):
            return await self._agents.handle_async_request(request)
        text = self._judge("\n".join(said["content"] for said in body["messages"]))
        once = Reply(model=body["model"], text=text)
        return await ScriptedTransport(Scenario(reply=(once,))).handle_async_request(request)

    def _judge(self, prompt: str) -> str:
        self.prompts.append(prompt)
        obeys = self._reads(prompt)
        evidence = [{"where": where, "quote": quote} for quote in self._quotes for where in PLACES]
        word = {"id": "c1", "state": "met" if obeys else "unmet", "evidence": evidence if obeys else []}
        return json.dumps({"criteria": [word], "decision": "done" if obeys else "continue"})


def supplied(command: str) -> list[str]:
    """The quotes that a command gives to whoever obeys it: all of it, its lines and sentences, as they were
    written and as they are shown."""
    lines = [command, *command.splitlines()]
    parts = [*lines, *(part for line in lines for part in line.split(". "))]
    return [*parts, *map(shown, parts)]
