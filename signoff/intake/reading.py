"""One text being read: its blocks so far and what the office should know about it."""

from dataclasses import dataclass, field

from signoff.intake.characters import Found, clean
from signoff.intake.remark import Remark, RemarkKind
from signoff.intake.tree import Node

SHOWN = 60
REMARKS = 200


@dataclass(slots=True)
class Reading:
    """What is gathered while a text is read."""

    remarks: list[Remark] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    anchors: dict[str, Node] = field(default_factory=dict)
    heading: str = ""  # the last one met, to say where something stood

    def remark(self, kind: RemarkKind, **facts: object) -> None:
        """Notes a remark, each only once and no more than anyone reads."""
        if len(self.remarks) < REMARKS and (new := Remark(kind, facts)) not in self.remarks:
            self.remarks.append(new)

    def clean(self, text: str) -> str:
        """``text`` without characters that cannot be seen."""
        return clean(text, self.found)


def excerpt(text: str) -> str:
    """The beginning of ``text`` for a sentence about it."""
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"
