"""One stand-in for each kind of server that calls itself compatible with OpenAI, with that server's oddities.

A file holds one row: where it is served, what its streams look like and what they come to, how it says that
something went wrong, and what it refuses. `row.py` serves a row over a real socket.
"""
