"""Numbers as the screen says them."""


def compact(number: float) -> str:
    """A count in at most five characters: 950, 12.3k, 1.2M."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if number >= limit:
            short = f"{number / limit:.1f}".removesuffix(".0")
            return f"{short}{unit}"
    return f"{number:.0f}"


def minutes(number: float) -> str:
    """Minutes and seconds: 0:41, 58:55, 120:00."""
    whole, rest = divmod(max(0, int(number * 60)), 60)
    return f"{whole}:{rest:02}"


def clock(seconds: float) -> str:
    """A stretch of time: 0:41, 12:05, 1:02:03."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
