"""Prints that several tests use, made once."""

from collections.abc import Callable
from functools import cache

import pytest

from signoff.domain.documents import Document, PrintedDocument
from tests.pdf import documents


def print_document(document: Document) -> PrintedDocument:
    from signoff.pdf import render  # WeasyPrint is large, and the quick tests do not print

    return render.print_document(document)


@pytest.fixture(scope="session")
def final() -> Callable[..., PrintedDocument]:
    """The final paper with ``count`` signatories in the given layout, for a seal with timestamps
    or without.
    """
    return cache(
        lambda count, layout="state", timestamp=False: print_document(
            documents.document(count, layout=layout, timestamp=timestamp)
        )
    )


@pytest.fixture(scope="session")
def draft() -> PrintedDocument:
    return print_document(documents.draft())
