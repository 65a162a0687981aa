"""The run's log: events, writing, reading, and the views folded from them."""
