"""The answers of a member in each round, over the years."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from signoff.domain.answers import AnswerKind


@dataclass(frozen=True, slots=True)
class Participation:
    """One invitation of a member; ``kind`` is the answer that counts now, or its withdrawal."""

    round_id: int
    member_id: int
    invitation_id: int
    reference: str
    kind: AnswerKind | None
    received_at: datetime | None
    late: bool = False  # signed after the release

    @property
    def answered(self) -> bool:
        return self.kind is not None

    def follow(
        self, kind: AnswerKind, accepted: bool, received_at: datetime | None
    ) -> "Participation":
        """The participation after a further version that came after the release.

        A signature counts once the office has accepted it; only a signature can be withdrawn.
        """
        if kind is AnswerKind.WITHDRAWN and self.kind is AnswerKind.COSIGN:
            return replace(self, kind=kind, received_at=received_at)
        if kind is AnswerKind.COSIGN and accepted:
            return replace(self, kind=kind, received_at=received_at, late=True)
        return self


def has_never_answered(participations: Iterable[Participation], open_ids: Iterable[int]) -> bool:
    """Whether there is no answer in any round, although a round has ended.

    ``open_ids`` are the rounds that still take answers: silence there says nothing yet.
    """
    participations = list(participations)
    still_open = set(open_ids)
    return not any(each.answered for each in participations) and any(
        each.round_id not in still_open for each in participations
    )
