"""The Textual screen: reads events, knows no endpoint."""
