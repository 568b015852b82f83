"""The digest of a paper: it covers everything the reader sees and never changes."""

from dataclasses import fields, replace
from datetime import date

import pytest

from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Annex, PaperForm, Text, require_valid_slug, slugify

TEXT = Text(
    "Titel",
    "<p>Plätze gehören allen.</p>",
    "Untertitel",
    adopted_by="Versammlung",
    adopted_on=date(2026, 11, 12),
)


def test_the_digest_never_changes_from_version_to_version() -> None:
    """The digest is printed in PDFs and mails, so its computation must not change."""
    assert TEXT.digest == "b0bb2c4be4bef059296e437473e31b5c71a91d317bc3744734f254d171f6cb51"


OTHER = {"adopted_on": date(2026, 11, 13), "annexes": (Annex("Anlage 1", "a" * 64, 9),)}


@pytest.mark.parametrize("name", [field.name for field in fields(Text) if field.name != "contact"])
def test_everything_the_reader_sees_is_in_the_digest(name: str) -> None:
    assert replace(TEXT, **{name: OTHER.get(name, "anders")}).digest != TEXT.digest


def test_the_summary_is_one_paragraph_of_at_most_400_characters() -> None:
    form = PaperForm({"summary": " Worum\r\n es geht. "})
    assert (form.summary(), form.refusals) == ("Worum es geht.", [])
    form = PaperForm({"summary": "x" * 401})
    form.summary()
    assert [(refusal.reason, refusal.field) for refusal in form.refusals] == [
        (Reason.TOO_LONG, "summary")
    ]


def test_contact_is_not_part_of_the_digest() -> None:
    assert replace(TEXT, contact="Fachreferat").digest == TEXT.digest


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Für Plätze & Parks", "fuer-plaetze-parks"),
        ("Maß halten 2027", "mass-halten-2027"),
        ("Ελλάδα", ""),
    ],
)
def test_slug_is_made_from_the_title(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_slug_made_from_a_title_is_cut_between_words() -> None:
    assert slugify("Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum") == (
        "leitgedanken-zu-marginalisierten-gruppen"
    )


@pytest.mark.parametrize("slug", ["a", "leitgedanken", "hitze-2027", "1", "a" * 60])
def test_valid_slug_is_accepted(slug: str) -> None:
    assert require_valid_slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "Hitze",
        "hitze_2027",
        "-a",
        "a-",
        "a--b",
        "ä",
        "a/b",
        "../a",
        "a b",
        "a\n",
        "a.pdf",
        "a" * 61,
        "٣",
    ],
)
def test_invalid_slug_is_refused(slug: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_valid_slug(slug)
    assert refused.value.reason is Reason.NOT_A_SLUG


@pytest.mark.parametrize(("length", "refused"), [(300, []), (301, [(Reason.TOO_LONG, "title")])])
def test_title_has_as_many_characters_as_the_title_page_holds(
    length: int, refused: list[tuple[Reason, str]]
) -> None:
    form = PaperForm({"title": "W" * length})
    form.title()

    assert [(refusal.reason, refusal.field) for refusal in form.refusals] == refused
