"""What the checks found, each for the result that it was run on."""

from collections.abc import Mapping

from duologue.conversation.check import Check
from duologue.conversation.turn import Turn
from duologue.record.events import CheckFinished


class Findings:
    """The last finding of each check, by the criterion's id."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[CheckFinished, Turn | None]] = {}

    def add(self, finding: CheckFinished, result: Turn | None) -> None:
        """A check was run on this turn's result, or on None where there was none."""
        self._found[finding.criterion] = (finding, result)

    def get(self, id_: str) -> CheckFinished | None:
        """The finding on a criterion, None where no check decides it."""
        found = self._found.get(id_)
        return None if found is None else found[0]

    def due(self, checks: Mapping[str, Check], result: Turn | None) -> dict[str, Check]:
        """The checks that were not run on this result yet."""
        return {id_: check for id_, check in checks.items() if not self._ran_on(id_, result)}

    def _ran_on(self, id_: str, result: Turn | None) -> bool:
        return id_ in self._found and self._found[id_][1] is result

    def reports(self) -> list[str]:
        """One line a check, for the judge."""
        return [
            f"Check {id_}: {'passed' if finding.passed else 'failed'}. {finding.reason}"
            for id_, (finding, _) in self._found.items()
        ]
