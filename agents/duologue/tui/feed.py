"""Where a screen's records come from: a run that is being written, or a recorded one that is played."""

from typing import Protocol

from duologue.record.follow import Poll


class Feed(Protocol):
    """A source of records: `record.follow.Follower` live, `tui.player.Player` in a replay.

    Records come in order. Where a poll's first record is not newer than the last one of the poll before,
    the feed went back: the records start again from the run's beginning.
    """

    def poll(self) -> Poll:
        """What is new since the last poll; returns at once."""
        ...
