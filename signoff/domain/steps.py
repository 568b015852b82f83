"""The steps of a round's reminders: on which days before the end of the deadline people are reminded."""

import re

from signoff.domain.refusal import Reason, Refusal

STEPS = (21, 7, 2)
MOST_STEPS = 5  # there are at most five reminders about an invitation
FARTHEST = 365  # days
OFF = ("off", "aus", "")


def steps(text: str, field: str = "reminders") -> tuple[int, ...]:
    """The days written as ``21,7,2``, the farthest first; none for ``off``. Refuses all else."""
    if text.strip().casefold() in OFF:
        return ()
    parts = re.split(r"[,;]", text)
    days = {int(part) for part in parts if re.fullmatch(r"\s*[0-9]{1,3}\s*", part)}
    if len(days) != len(parts) or len(days) > MOST_STEPS or not all(1 <= day <= FARTHEST for day in days):
        raise Refusal(Reason.NOT_STEPS, field, text=text.strip()[:40], most=MOST_STEPS)
    return tuple(sorted(days, reverse=True))


def spelt(days: tuple[int, ...]) -> str:
    """The days as they are typed: ``21, 7, 2``; empty for none."""
    return ", ".join(map(str, days))
