"""The system message of each role: the pair's prompt, with goal, criteria and sources put in."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from duologue.conversation.assignment import Assignment
from duologue.conversation.criteria import render_criteria
from duologue.conversation.exhibit import shown
from duologue.conversation.sources import render_sources
from duologue.messages import RoleName
from duologue.record.parts import Criterion
from duologue.roles import render


def system_prompt(
    assignment: Assignment,
    role: RoleName,
    criteria: Sequence[Criterion],
    apart: Callable[[str], str] = str,
) -> str:
    """The pair's prompt for the role, with everything put in between tags that carry the role's mark; `apart`
    is what a second opinion is shown of a text."""
    mark = assignment.mark if role == "judge" else assignment.open_mark
    told = shown if role == "judge" else str
    sources = [replace(source, text=told(apart(source.text))) for source in assignment.sources]
    values = {
        "goal": told(apart(assignment.goal)),
        "criteria": told(render_criteria(criteria)),
        "sources": render_sources(sources, mark),
    }
    return render(assignment.pair.prompts[role], values, mark)
