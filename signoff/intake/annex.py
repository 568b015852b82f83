"""A PDF that is attached to a paper."""

from hashlib import sha256

from signoff.domain.paper import Annex
from signoff.domain.refusal import Reason, Refusal

BYTES = 10 << 20
ENDING = ".pdf"


def read_annex(filename: str, name: str, content: bytes) -> Annex:
    """The annex in ``content``; called ``name``, or like its file. Refuses what is no PDF, is locked or above 10 MB."""
    called = " ".join((name or filename).split())
    called = called[: -len(ENDING)] if called.casefold().endswith(ENDING) else called
    if not content:
        raise Refusal(Reason.MISSING, "annex")
    if not content.startswith(b"%PDF-") or len(content) > BYTES or b"/Encrypt" in content or not called.isprintable():
        raise Refusal(Reason.NOT_A_PDF, "annex", name=filename[-60:])
    return Annex(called[:160] or "PDF", sha256(content).hexdigest(), len(content))
