"""How many signatures the office hopes for in a round: a mark in the picture, without any effect."""

from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Round


def aim(typed: str, asked: int) -> int | None:
    """The number that was typed, from 1 to ``asked``; an empty field means none."""
    text = typed.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= asked):
        raise Refusal(Reason.NOT_AN_AIM, "aim", text=text[:40], asked=asked)
    return int(text)


def require_open_to_aims(round: Round) -> None:
    """After the end nobody moves the mark to where the result came out."""
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if round.closed_at:
        raise Refusal(Reason.ALREADY_CLOSED)
