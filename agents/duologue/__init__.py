"""Duologue: two agents talk a goal to done, and every word is on record."""

__version__ = "0.1.0"
