"""Blocks stacked in a column."""

from hypothesis import given
from hypothesis import strategies as st

from duologue.tui.offsets import Offsets

CHANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=60)


@given(CHANGES, st.integers(0, 20))
def test_offsets_are_the_sums_of_the_heights(changes: list[tuple[int, int]], cut: int) -> None:
    """After any changes, each block begins where those before it end, and is found at each of its lines."""
    offsets, heights = Offsets(), list[int]()
    for place, height in changes:
        index = min(place, len(heights))
        heights[index : index + 1] = [height]
        offsets.set(index, height)
        assert offsets.total == sum(heights)
    heights = heights[:cut]
    offsets.truncate(cut)
    assert [offsets.top(index) for index in range(len(heights) + 1)] == [
        sum(heights[:index]) for index in range(len(heights) + 1)
    ]
    for line in range(offsets.total):
        index, within = offsets.find(line)
        assert sum(heights[:index]) + within == line
        assert within < heights[index]
