"""What can go wrong while printing."""


class Unprintable(Exception):
    """The printer says why it cannot print; ``str()`` is meant for the office."""
