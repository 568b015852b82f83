"""Pictures of a text come out clean and with their description, or are named."""

import io

import pytest
from PIL import Image

from signoff.i18n.errors import describe_import_problem
from signoff.importers.errors import FileReason, FileRefused, ImportNoticeKind
from signoff.importers.papers import (
    ImportedText,
    read_editor_source,
    read_for_editor,
    read_text,
)
from signoff.importers.uploads import read_picture
from tests.importers.docx_files import RELATIONS, docx, external, paragraph, relationships


def picture_file(mode: str = "RGB", size: tuple[int, int] = (60, 40), kind: str = "PNG") -> bytes:
    image, output = Image.new(mode, size), io.BytesIO()
    image.save(output, kind, **({"comment": "geheim"} if kind == "JPEG" else {}))
    return output.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def drawing(description: str = "", relation: str = 'r:embed="r5"') -> str:
    return (
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="{description}"/><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:blipFill>'
        f"<a:blip {relation}/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def word_file(body: str, content: bytes) -> bytes:
    picture = f'<Relationship Id="r5" Type="{RELATIONS}/image" Target="media/image1.png"/>'
    link = external("hyperlink", "https://forum.example/")
    parts: dict[str, str | bytes] = {
        "word/media/image1.png": content,
        "word/_rels/document.xml.rels": relationships(picture, link),
    }
    return docx(paragraph("Ziele", "berschrift1") + body, parts)


def kinds(text: ImportedText) -> list[ImportNoticeKind]:
    return [notice.kind for notice in text.notices]


def test_a_picture_of_a_word_file_stays_in_the_text_and_in_the_editor() -> None:
    file = word_file(f"<w:p>{drawing('Kosten [Euro] &amp; mehr')}</w:p>", picture_file())
    text = read_text("text.docx", file, "Titel")

    (picture,) = text.pictures
    assert text.html == (
        f'<h2 id="a1">Ziele</h2><p><img src="{picture.address}" alt="Kosten [Euro] &amp; mehr"></p>'
    )
    assert text.notices == ()
    editable = read_for_editor("text.docx", file, "Titel")
    assert editable.pictures == text.pictures
    assert f"![Kosten \\[Euro\\] & mehr]({picture.address})" in editable.source
    assert read_editor_source(editable.source, "").html == text.html


def test_a_picture_without_description_and_one_in_another_format_are_named() -> None:
    body = f"<w:p>{drawing()}</w:p>"

    undescribed = read_text("text.docx", word_file(body, picture_file()), "Titel")
    assert kinds(undescribed) == [ImportNoticeKind.PICTURE_UNDESCRIBED]
    assert undescribed.notices[0].place.heading == "Ziele"
    metafile = read_text("text.docx", word_file(body + paragraph("Text"), b"\1\0\0\0 EMF"), "Titel")
    assert kinds(metafile) == [ImportNoticeKind.IMAGE_DROPPED]
    assert (metafile.pictures, "<img" in metafile.html) == ((), False)


def test_a_linked_picture_loses_its_link_and_one_in_a_heading_is_left_out() -> None:
    linked = f'<w:p><w:hyperlink r:id="rX">{drawing("Bild")}</w:hyperlink></w:p>'
    text = read_text("text.docx", word_file(linked, picture_file()), "Titel")
    assert ("<a " in text.html, 'alt="Bild"' in text.html) == (False, True)

    heading = f'<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>{drawing("Bild")}<w:r><w:t>A</w:t></w:r></w:p>'
    text = read_text("text.docx", word_file(heading, picture_file()), "Titel")
    assert text.html.endswith('<h2 id="a2">A</h2>')
    assert ImportNoticeKind.IMAGE_DROPPED in kinds(text)


@pytest.mark.parametrize("address", ["http://x.example/a.png", "a.png", "pictures/../x.png"])
def test_markdown_shows_stored_pictures_only(address: str) -> None:
    text = read_editor_source(f"# A\n\nText ![Bild]({address})", "")

    assert (text.html, kinds(text)) == (
        '<h2 id="a1">A</h2><p>Text</p>',
        [ImportNoticeKind.IMAGE_DROPPED],
    )


@pytest.mark.parametrize(
    ("mode", "kind", "extension"),
    [
        ("RGBA", "PNG", "png"),
        ("P", "PNG", "png"),
        ("L", "PNG", "png"),
        ("CMYK", "JPEG", "jpg"),
        ("RGB", "JPEG", "jpg"),
    ],
)
def test_a_picture_is_re_encoded_in_rgb_without_metadata(
    mode: str, kind: str, extension: str
) -> None:
    picture = read_picture(picture_file(mode, kind=kind))

    image = opened(picture.content)
    assert (picture.kind, image.mode, image.size) == (extension, "RGB", (60, 40))
    assert b"geheim" not in picture.content
    assert read_picture(picture_file(mode, kind=kind)) == picture


def test_a_transparent_picture_gets_a_white_ground_and_a_large_one_is_scaled_down() -> None:
    clear = read_picture(picture_file("RGBA"))
    assert opened(clear.content).getpixel((1, 1)) == (255, 255, 255)

    assert opened(read_picture(picture_file("L", (4000, 1000))).content).size == (2000, 500)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", FileReason.EMPTY),
        (b"GIF89a", FileReason.NOT_A_PICTURE),
        (picture_file()[:40], FileReason.NOT_A_PICTURE),
        (b"x" * 5_000_001, FileReason.TOO_LARGE),
        (picture_file("1", (10_000, 6_000)), FileReason.TOO_LARGE),
    ],
)
def test_a_broken_or_large_picture_is_refused(content: bytes, reason: FileReason) -> None:
    with pytest.raises(FileRefused) as refused:
        read_picture(content)
    assert refused.value.problems[0].reason is reason


def test_a_text_with_too_many_pictures_is_refused() -> None:
    names = range(41)
    parts: dict[str, str | bytes] = {
        f"word/media/image{name}.png": picture_file("RGB", (60, 40 + name)) for name in names
    }
    parts["word/_rels/document.xml.rels"] = relationships(
        *(
            f'<Relationship Id="p{name}" Type="{RELATIONS}/image" Target="media/image{name}.png"/>'
            for name in names
        )
    )
    body = "".join(f"<w:p>{drawing('x', f'r:embed={chr(34)}p{name}{chr(34)}')}</w:p>" for name in names)  # fmt: skip

    with pytest.raises(FileRefused) as refused:
        read_text("text.docx", docx(paragraph("x") + body, parts), "Titel")
    assert refused.value.problems[0].reason is FileReason.TOO_MANY_PICTURES


def test_a_markdown_file_shows_the_pictures_beside_it() -> None:
    files = {"bilder/öde fläche.png": picture_file(), "b.jpg": picture_file(kind="JPEG")}
    stored, remote = f"pictures/{'a' * 64}.png", "https://forum.example/x.png"
    source = (
        "## Ziele\n\n![Öde *Fläche*](<bilder/öde fläche.png>)\n\n| a | b |\n| --- | --- |\n"
        f"| 1 | ![B](b.jpg) |\n\n![C]({stored}) ![D]({remote})\n"
    )
    text = read_text("text.md", source.encode(), "Titel", files.get)

    first, second = text.pictures
    assert f'<p><img src="{first.address}" alt="Öde Fläche"></p>' in text.html
    assert f'<td><img src="{second.address}" alt="B"></td>' in text.html
    assert f'<img src="{stored}" alt="C">' in text.html
    assert (first, second) == tuple(map(read_picture, files.values()))
    assert kinds(text) == [ImportNoticeKind.IMAGE_DROPPED]
    assert (
        kinds(read_text("text.md", source.encode(), "Titel"))
        == [ImportNoticeKind.IMAGE_DROPPED] * 3
    )


def test_every_picture_that_is_not_beside_its_markdown_file_is_named_with_its_line() -> None:
    files = {"text.png": b"GIF89a", "gut.png": picture_file()}
    source = "Ein\nBild ![A](fehlt.png)\n![B](gut.png)\n\n| a |\n| --- |\n| ![C](text.png) |\n"
    with pytest.raises(FileRefused) as refused:
        read_text("text.md", source.encode(), "Titel", files.get)

    assert [describe_import_problem(problem) for problem in refused.value.problems] == [
        "Zeile 2: Dieses Bild liegt nicht im Ordner der Textdatei oder darunter. Bitte legen Sie es als "
        "PNG oder JPEG dorthin, und nennen Sie im Text seinen Namen ohne „..“, zum Beispiel "
        "bilder/plan.png. Stelle: „fehlt.png“.",
        "Zeile 7: Die Datei ist kein Bild im Format PNG oder JPEG. Bitte speichern Sie sie in einem "
        "davon. Stelle: „text.png“.",
    ]
