"""What can go wrong while printing."""


class Unprintable(Exception):
    """The printer says why it cannot print; ``str()`` is meant for the office."""


class Busy(Exception):
    """Too many ask for a print at this moment; asking again a little later is of use."""
