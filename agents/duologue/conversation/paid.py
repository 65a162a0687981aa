"""Completions that were paid for, from when they come until they are used."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from duologue.messages import RoleName
from duologue.record.events import CompletionReceived
from duologue.record.parts import Purpose, seat_of


class Paid:
    """What models have said and nothing has come of yet. Where a run was cut off, what it had paid for is
    left over, and is used before anything is asked again."""

    def __init__(self) -> None:
        self._pending: list[tuple[int, CompletionReceived]] = []
        self._left_over: deque[tuple[int, CompletionReceived]] = deque()
        self._addresses: dict[str, str] = {}

    def add(self, seq: int, event: CompletionReceived) -> None:
        """One has come."""
        self._pending.append((seq, event))

    def of_turn(self) -> list[CompletionReceived]:
        """Those that the turn is made of."""
        return [said for _, said in self._pending if said.purpose == "turn"]

    def take_summary(self, seq: int | None) -> str:
        """The text of the summary, empty where there is none; none waits any longer."""
        text = next((said.text for each, said in self._pending if each == seq), "")
        self._pending = [paid for paid in self._pending if paid[1].purpose != "summary"]
        return text

    def use_up(self) -> None:
        """Something has come of them all, or nothing will."""
        self._pending.clear()

    def leave_over(self) -> None:
        """The log ends here: what was not used up will be, before any call."""
        self._left_over.extend(self._pending)

    def recall(self, role: RoleName, purpose: Purpose) -> tuple[int, CompletionReceived, str | None] | None:
        """The next that is left over, if it is this role's and for this, with its `seq` and the base URL at
        which it was said, None where that is not known."""
        if not self._left_over:
            return None
        seq, event = self._left_over[0]
        if (event.role, event.purpose) != (role, purpose):
            return None
        self._left_over.popleft()
        return seq, event, event.endpoint or self._addresses.get(seat_of(role, purpose))

    def address(self, settings: Mapping[str, Any]) -> None:
        """The settings of a stretch of the run: what is left over was said at an earlier one's endpoints."""
        if not self._left_over:
            roles = settings.get("roles", {})
            self._addresses |= {seat: said["base_url"] for seat, said in roles.items() if "base_url" in said}
