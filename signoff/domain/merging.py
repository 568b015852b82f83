"""Two colleagues change the same thing: what the second is shown, and what is put into her form."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overlap:
    """One field another person has changed meanwhile: as it was when the form was opened, as it is, as it was typed."""

    field: str
    before: str
    now: str
    typed: str

    @property
    def clashes(self) -> bool:
        """Whether both changed it, and not to the same."""
        return self.typed not in (self.before, self.now)


class Overtaken(Exception):
    """What was opened for editing has changed since; nothing was saved."""

    def __init__(self, before: Mapping[str, str], now: Mapping[str, str], typed: Mapping[str, str]) -> None:
        super().__init__("changed meanwhile")
        self.now, self.typed = dict(now), dict(typed)
        changed = (name for name in now if before.get(name, now[name]) != now[name])
        self.overlaps = tuple(Overlap(name, before[name], now[name], typed[name]) for name in changed)

    @property
    def merged(self) -> dict[str, str]:
        """What each kept: a field only the other one changed is as it is now, every other as it was typed."""
        theirs = {each.field: each.now for each in self.overlaps if not each.clashes}
        return self.typed | theirs


def require_untouched(before: Mapping[str, str], now: Mapping[str, str], typed: Mapping[str, str]) -> None:
    """Raise ``Overtaken`` where a field is not any more what it was when the form was opened (``before``)."""
    if any(before.get(name, value) != value for name, value in now.items()):
        raise Overtaken(before, now, typed)
