"""The frames of dialogs that look alike, as CSS."""


def text_frame(screen: str, border: str = "$primary") -> str:
    """In the middle: what is shown in a VerticalScroll, whose frame is of that colour."""
    return f"""
    {screen} {{ align: center middle; }}
    {screen} VerticalScroll {{
        width: 90%; max-width: 84; height: auto; max-height: 90%;
        border: round {border}; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
    }}
    {screen} Static {{ height: auto; }}
    """


def field_frame(screen: str) -> str:
    """At the bottom: a Vertical with a question and the field for its answer."""
    return f"""
    {screen} {{ align: center bottom; }}
    {screen} Vertical {{
        width: 100%; max-width: 84; height: auto; border: round $primary; padding: 0 1; background: $surface;
    }}
    {screen} Static {{ height: auto; }}
    """
