"""Unsealed copies of this instance are recognised by their mark, and nothing else is."""

from io import BytesIO

import pikepdf

from signoff.pdf.copies import mark_copy, recognise_copy

KEYS = (b"n" * 32, b"o" * 32)
TITLE = "Empfangsbestätigung: Öffentlicher Raum"


def build_copy() -> bytes:
    file = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = TITLE
        pdf.save(
            file,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return file.getvalue()


def test_a_marked_copy_is_recognised_by_its_title_after_a_change_of_keys_too() -> None:
    copy = build_copy()
    marked = mark_copy(copy, KEYS[1:])

    assert recognise_copy(marked, KEYS) == TITLE
    assert recognise_copy(marked, KEYS[:1]) == ""
    assert len(marked) == len(copy)
    assert marked == mark_copy(marked, KEYS[1:]) != copy


def test_nothing_else_is_recognised() -> None:
    copy = build_copy()
    marked = mark_copy(copy, KEYS)

    for other in (copy, marked + b"\n", marked[:-1], marked.replace(b"%PDF-1.", b"%PDF-2."), b""):
        assert recognise_copy(other, KEYS) == ""
    assert recognise_copy(marked, ()) == ""
    assert mark_copy(b"%PDF-1.7", KEYS) == b"%PDF-1.7"
