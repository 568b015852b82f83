"""A print that failed, in words an office understands."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from weasyprint.urls import FatalURLFetchingError

from signoff.domain.errors import PrintError


class PrintFailed(PrintError):
    """No PDF was made. ``words`` is a clause without a full stop: it stands inside a sentence."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class WarningCollector(logging.Handler):
    """Keeps what WeasyPrint complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.complaints: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.complaints.append(record.getMessage())


@contextmanager
def raise_on_warnings() -> Iterator[None]:
    """Raises ``PrintFailed`` where WeasyPrint warned of anything or asked for a file it may not have.

    It would go on after a broken link or a rule it does not know; an archive must not.
    """
    logger, listener = logging.getLogger("weasyprint"), WarningCollector()
    logger.addHandler(listener)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ResourceWarning
            )  # WeasyPrint leaves its colour profile open
            yield
    except FatalURLFetchingError as error:
        raise error.__cause__ or error from None
    finally:
        logger.removeHandler(listener)
    if listener.complaints:
        raise PrintFailed(f"der Satz meldet: {listener.complaints[0].rstrip('.')}")
