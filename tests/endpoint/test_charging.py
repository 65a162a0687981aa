"""What servers report as usage, by the names that they give it."""

from typing import Any

import pytest

from duologue.endpoint.charging import reported
from duologue.messages import Usage


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 40}}, 40),
        ({"prompt_tokens_details": None, "prompt_cache_hit_tokens": 40}, 40),
        ({"prompt_tokens_details": {"cached_tokens": 0}, "prompt_cache_hit_tokens": 40}, 40),
        ({"cached_tokens": 40}, 40),
        ({"cache_read_input_tokens": 40}, 40),
        ({"prompt_tokens_details": {"cached_tokens": 4000}}, 100),
        ({"prompt_tokens_details": {"cached_tokens": "many"}}, 0),
        ({"prompt_tokens_details": ["cached_tokens"], "cached_tokens": -3}, 0),
        ({}, 0),
    ],
)
def test_cached_tokens_by_any_name(usage: dict[str, Any], cached: int) -> None:
    """Cached prompt tokens are found where the server puts them, and are never more than the prompt."""
    counted = {"prompt_tokens": 100, "completion_tokens": 20, **usage}
    assert reported(counted) == Usage(100, 20, cached)


@pytest.mark.parametrize(
    ("total", "completion"), [(120, 20), (190, 90), (None, 20), (7, 20), (10**15, 20), ("190", 20)]
)
def test_thinking_that_stands_in_the_total_alone_is_counted(total: object, completion: int) -> None:
    """Where the total is more than prompt and completion, the rest was thought aloud and is paid for."""
    counted = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": total}
    assert reported(counted) == Usage(100, completion)
