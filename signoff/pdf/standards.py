"""Add to PDF/A-3a, as written by WeasyPrint, what PDF/UA-1 requires in addition."""

from typing import Any

import pydyf

# The identifier (ISO 14289-1, 5), and the description of its schema and that of the citation for
# PDF/A (ISO 19005-3, 6.6.2.3.3).
PDFUA_METADATA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1" />
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>DCMI Metadata Terms</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://purl.org/dc/terms/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>dcterms</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>bibliographicCitation</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>How to cite the document</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
RDF_END_TAG = b"</rdf:RDF>"


def finish_pdf(document: Any, pdf: Any) -> None:
    """The ``finisher`` of WeasyPrint, called with the ``pydyf.PDF`` before it is written."""
    add_metadata(pdf, PDFUA_METADATA)
    describe_links(document)
    complete_fields(pdf)
    elements = [
        item for item in pdf.objects if isinstance(item, dict) and item.get("Type") == "/StructElem"
    ]
    for element in elements:
        if element["S"] == "/LI":
            wrap_list_item_body(pdf, element)
        elif element["S"] == "/TR":
            set_header_scope(pdf, element)
        elif element["S"] == "/Document":
            tag_notes(pdf, element)
    for element in elements:
        if element["S"] == "/L":
            move_sublists(pdf, element)


def add_metadata(pdf: Any, descriptions: bytes) -> None:
    """Add ``rdf:Description`` elements to the metadata.

    Validators ignore a second ``rdf:RDF``, as created by the option ``xmp_metadata``, so use the
    first.
    """
    packet = get_object(pdf, pdf.catalog["Metadata"])
    before, after = b"".join(packet.stream).split(RDF_END_TAG)
    packet.stream = [before + descriptions + RDF_END_TAG + after]


def describe_links(document: Any) -> None:
    """Describe links by their ``title`` instead of the name of their target."""
    for page in document.pages:
        for box in page._page_box.descendants():
            if box.link_annotation and (title := box.element.get("title")):
                box.link_annotation["Contents"] = pydyf.String(title)


def complete_fields(pdf: Any) -> None:
    """Give fields of a form what PDF/A asks for (ISO 19005-3, 6.4.1): text fields are drawn, empty;
    what is typed is drawn by the reader. Radio buttons are the kids of one field (ISO 32000-1,
    12.7.4.2.4), not fields of their own.
    """
    form = pdf.catalog.get("AcroForm", {"Fields": []})
    form.pop("NeedAppearances", None)
    fields = [get_object(pdf, reference) for reference in form["Fields"]]
    form["Fields"] = pydyf.Array([each.reference for each in fields if "Parent" not in each])
    for field in fields:
        if "Parent" in field:
            del field["T"]
        elif field["FT"] == "/Tx":
            left, top, right, bottom = field["Rect"]
            box = pydyf.Array([0, 0, right - left, top - bottom])
            empty = pydyf.Stream(extra={"Type": "/XObject", "Subtype": "/Form", "BBox": box})
            pdf.add_object(empty)
            field["AP"] = pydyf.Dictionary({"N": empty.reference})


def wrap_list_item_body(pdf: Any, item: Any) -> None:
    """Wrap the content of a list item into a body, as required by ISO 32000-1, 14.8.4.3.3."""
    kids = item["K"]
    unwrapped = [kid for kid in kids if get_object(pdf, kid)["S"] not in ("/Lbl", "/LBody")]
    if not unwrapped:
        return
    body = pydyf.Dictionary(
        {"Type": "/StructElem", "S": "/LBody", "K": pydyf.Array(unwrapped), "P": item.reference}
    )
    body["Pg"] = item["Pg"]
    pdf.add_object(body)
    for kid in unwrapped:
        get_object(pdf, kid)["P"] = body.reference
    item["K"] = pydyf.Array([kid for kid in kids if kid not in unwrapped] + [body.reference])


def move_sublists(pdf: Any, items: Any) -> None:
    """Move lists that are beside list items into the bodies of the items before them."""
    kids: list[Any] = []
    for kid in items["K"]:
        sublist = get_object(pdf, kid)
        item = get_object(pdf, kids[-1]) if kids else None
        if sublist["S"] == "/L" and item and item["S"] == "/LI" and item["K"]:
            body = get_object(pdf, item["K"][-1])
            if body["S"] == "/LBody":
                body["K"].append(kid)
                sublist["P"] = body.reference
                continue
        kids.append(kid)
    items["K"] = pydyf.Array(kids)


def set_header_scope(pdf: Any, row: Any) -> None:
    """Set the scope of header cells: the row if it has data cells or is below a table head."""
    cells = [get_object(pdf, kid) for kid in row["K"]]
    part = get_object(pdf, row["P"])
    table = get_object(pdf, part["P"])
    has_head = any(get_object(pdf, kid)["S"] == "/THead" for kid in table["K"])
    is_body = any(cell["S"] == "/TD" for cell in cells) or (has_head and part["S"] == "/TBody")
    for cell in cells:
        if cell["S"] == "/TH":
            cell["A"]["Scope"] = "/Row" if is_body else "/Column"


def tag_notes(pdf: Any, root: Any) -> None:
    """Tag footnotes as notes with an id (ISO 14289-1, 7.9).

    In WeasyPrint they are the children of an untyped child of the document.
    """
    areas = [get_object(pdf, kid) for kid in root["K"] if get_object(pdf, kid)["S"] == "/NonStruct"]
    for number, kid in enumerate((kid for area in areas for kid in area["K"]), 1):
        note = get_object(pdf, kid)
        note["S"], note["ID"] = "/Note", pydyf.String(f"note-{number}")
        marker = get_object(pdf, note["K"][0])
        if marker["S"] == "/NonStruct":
            marker["S"] = "/Lbl"


def get_object(pdf: Any, reference: bytes) -> Any:
    """The object of a reference like ``12 0 R``."""
    return pdf.objects[int(reference.split()[0])]
