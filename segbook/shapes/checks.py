"""The one check that all sizes share: whole numbers, large enough."""


def check_at_least(name: str, value: int, least: int) -> None:
    """Refuse a value that is no whole number or too small.

    Args:
        name: What the message calls the value.
        value: What was given.
        least: The smallest value allowed.

    Raises:
        ValueError: If `value` is no integer (True and False are none), or below `least`.

    Source: the book's own.

    >>> check_at_least("stride", 0, 1)
    Traceback (most recent call last):
    ValueError: stride must be at least 1: got 0
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ValueError(f"{name} must be a whole number of at least {least}: got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}: got {value}")
