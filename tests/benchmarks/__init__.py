"""Measurements: `python -m tests.benchmarks` prints ratios to a bare loop, all taken in one run.

The bare loop is what a person writes in ten minutes: httpx streams, `json.loads` reads each line, a list of
messages grows and is sent whole. Both it and Duologue talk to the same server in a process of its own.
"""
