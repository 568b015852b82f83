"""The office declares an answer void. It counts no more, and no earlier version does in its place."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Voiding:
    """That one version was voided, by whom and why; ``entry`` is its line in the audit chain."""

    answer_id: int
    invitation_id: int
    reason: str  # the member is told it
    voided_at: datetime
    voided_by: str
    entry: int
