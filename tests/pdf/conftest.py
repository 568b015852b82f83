"""Prints that several tests read, made once."""

from collections.abc import Callable
from functools import cache

import pytest

from signoff.domain.documents import PrintedDocument
from signoff.pdf.render import print_document
from tests.pdf import documents


@pytest.fixture(scope="session")
def final() -> Callable[..., PrintedDocument]:
    """The final paper with so many signatories, in the layout asked for."""
    return cache(
        lambda count, layout="state": print_document(documents.document(count, layout=layout))
    )


@pytest.fixture(scope="session")
def draft() -> PrintedDocument:
    return print_document(documents.draft())
