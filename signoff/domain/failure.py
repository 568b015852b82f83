"""What can go wrong outside. ``str()`` of each is meant for the office."""


class Unprintable(Exception):
    """The printer says why it cannot print."""


class Undelivered(Exception):
    """The mail server did not take a mail. ``permanent`` says that trying again is of no use."""

    def __init__(self, words: str, *, permanent: bool = False) -> None:
        super().__init__(words)
        self.permanent = permanent
