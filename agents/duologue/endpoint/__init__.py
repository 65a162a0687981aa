"""Bytes to completions: one client for any OpenAI-compatible endpoint."""
