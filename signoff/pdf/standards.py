"""PDF/A-3a and PDF/UA-1 in one file. WeasyPrint takes one variant a document; this adds what the other asks for."""

from typing import Any

import pydyf

# ISO 14289-1, 5: the identifier; ISO 19005-3, 6.6.2.3.3: a schema PDF/A does not know is described in the file.
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
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
RDF_END_TAG = b"</rdf:RDF>"


def finish_pdf(document: Any, pdf: Any) -> None:
    """WeasyPrint's finisher: called with the laid out document and the ``pydyf.PDF`` just before it is written."""
    add_pdfua_identifier(pdf)
    elements = [
        each for each in pdf.objects if isinstance(each, dict) and each.get("Type") == "/StructElem"
    ]
    for element in elements:
        if element["S"] == "/LI":
            wrap_list_item_body(pdf, element)
        elif element["S"] == "/TR":
            set_header_scope(pdf, element)
        elif element["S"] == "/Document":
            tag_notes(pdf, element)


def add_pdfua_identifier(pdf: Any) -> None:
    """Says in the metadata that the file is PDF/UA-1 too.

    It goes into the existing ``rdf:RDF``: validators ignore a second one, as the option ``xmp_metadata`` makes it.
    """
    packet = get_object(pdf, pdf.catalog["Metadata"])
    before, after = b"".join(packet.stream).split(RDF_END_TAG)
    packet.stream = [before + PDFUA_METADATA + RDF_END_TAG + after]


def wrap_list_item_body(pdf: Any, item: Any) -> None:
    """Puts what a list item holds beside label and body (paragraphs, quotes) into a body, as ISO 32000-1 14.8.4.3.3."""
    kids = item["K"]
    bare = [kid for kid in kids if get_object(pdf, kid)["S"] not in ("/Lbl", "/LBody")]
    if not bare:
        return
    body = pydyf.Dictionary(
        {"Type": "/StructElem", "S": "/LBody", "K": pydyf.Array(bare), "P": item.reference}
    )
    body["Pg"] = item["Pg"]
    pdf.add_object(body)
    for kid in bare:
        get_object(pdf, kid)["P"] = body.reference
    item["K"] = pydyf.Array([kid for kid in kids if kid not in bare] + [body.reference])


def set_header_scope(pdf: Any, row: Any) -> None:
    """Says of each header cell what it heads: its row where there are data cells, else its column."""
    cells = [get_object(pdf, kid) for kid in row["K"]]
    scope = "/Row" if any(cell["S"] == "/TD" for cell in cells) else "/Column"
    for cell in cells:
        if cell["S"] == "/TH":
            cell["A"]["Scope"] = scope


def tag_notes(pdf: Any, root: Any) -> None:
    """Tags footnotes as notes with an identifier of their own (ISO 14289-1, 7.9).

    WeasyPrint leaves the area at the foot of a page a nameless child of the document; its children are the notes.
    """
    areas = [get_object(pdf, kid) for kid in root["K"] if get_object(pdf, kid)["S"] == "/NonStruct"]
    for number, kid in enumerate((kid for area in areas for kid in area["K"]), 1):
        note = get_object(pdf, kid)
        note["S"], note["ID"] = "/Note", pydyf.String(f"note-{number}")
        marker = get_object(pdf, note["K"][0])
        if marker["S"] == "/NonStruct":
            marker["S"] = "/Lbl"


def get_object(pdf: Any, reference: bytes) -> Any:
    """The object behind a reference like ``12 0 R``."""
    return pdf.objects[int(reference.split()[0])]
