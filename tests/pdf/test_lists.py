"""Lists in print: numbers and labels are tagged, and lists are inside the items above them."""

from dataclasses import replace

from signoff.pdf.render import print_document
from tests.factories import PAPER
from tests.pdf import documents, reader

HTML = (
    '<h2 id="a1">Ziele</h2><ol start="4"><li>Geld<ul class="labelled">'
    '<li><span class="label">a)</span> viel<ol><li>sehr</li></ol></li>'
    '<li><span class="label">§ 14 "\\&lt;</span> <strong>mehr</strong></li></ul></li></ol>'
    '<p>x</p><ol start="5"><li>Zeit</li></ol>'
    '<ul class="labelled"><li><span class="label">Artikel 3 Absatz 2 Satz 1</span> lang</li></ul>'
)


def test_labels_are_printed_and_tagged_and_lists_are_nested() -> None:
    content = print_document(documents.draft(text=replace(PAPER, html=HTML))).content

    assert reader.list_labels(content) == ["4.", "a)", "1.", '§\u00a014 "\\<', "5."]
    assert "Artikel 3 Absatz 2 Satz 1 lang" in reader.words(content)
    pdf = reader.opened(content)
    parents = [str(item.P.S) for item in reader.elements(pdf) if item.S == "/L"]
    assert parents == ["/Art", "/LBody", "/LBody", "/Art", "/Art"]
