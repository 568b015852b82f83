"""Documents that cannot be printed correctly are refused with a reason for the office."""

from dataclasses import replace

import pytest

from signoff.domain.errors import PrintError
from signoff.pdf.render import print_document
from tests.factories import FORUM, PAPER
from tests.pdf import documents

pytestmark = pytest.mark.slow


def printing(html: str) -> None:
    print_document(documents.draft(text=replace(PAPER, html=html)))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/x.png",
        "data:image/png;base64,AAAA",
        "signoff:fonts/../x.ttf",
    ],
)
def test_only_files_of_the_package_are_loaded(address: str) -> None:
    with pytest.raises(PrintError, match="gedruckt wird nur, was mitgeliefert ist"):
        printing(f'<h2>Kopf</h2><p><img alt="Bild" src="{address}"></p>')


def test_broken_internal_link_stops_the_print() -> None:
    with pytest.raises(PrintError, match="nirgends"):
        printing('<h2>Kopf</h2><p><a href="#nirgends">siehe dort</a></p>')


def test_skipped_heading_level_stops_the_print() -> None:
    with pytest.raises(PrintError, match="vor der Überschrift „Tief“ fehlt eine Gliederungsebene"):
        printing("<h2>Kopf</h2><h4>Tief</h4>")


def test_text_of_members_is_escaped() -> None:
    signed = replace(
        documents.signatory(0),
        name="<b>Stadt</b> & <img src=x>",
        sort_name="Stadt",
        note="<script>1</script>",
    )
    from tests.pdf import reader

    text = reader.words(print_document(documents.document(signatories=(signed,))).content)
    assert "<b>Stadt</b> & <img src=x>" in text
    assert "<script>1</script>" in text


def test_long_titles_and_associations_stay_on_their_page() -> None:
    long = (
        "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum und zu ihrer Teilhabe am Leben der Stadt, "
        * 2
    )
    document = documents.document(
        3,
        text=replace(
            PAPER,
            title=long.strip(),
            subtitle="Ein Untertitel, der selbst noch lang ist " * 3,
        ),
        association=replace(
            FORUM,
            name="Deutsch-Europäisches Forum für urbane Sicherheit und Teilhabe e. V.",
        ),
    )
    from tests.pdf import reader

    printed = print_document(document)
    first = " ".join(reader.pages(printed.content)[0].split())
    assert long.strip() in first
    assert document.address in first
    assert "Präambel" in reader.pages(printed.content)[1]
