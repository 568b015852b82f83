"""Updates of a sealed file as strangers make them, at random.

Among them are the attacks that have been published under a name: incremental saving, universal
signature forgery and signature wrapping (Mladenov et al., CCS 2019), shadow attacks (Mainka et
al., NDSS 2021), evil annotations and sneaky signatures (Rohlmann et al., S&P 2021).
"""

import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from hashlib import sha256
from random import Random
from typing import Any

from asn1crypto import tsp
from pyhanko.sign.timestamps import DummyTimeStamper

from signoff.exports.verify_signoff import Name, Pdf, Ref, Stream, read_fields

STAMP_SIZE = 2560  # bytes reserved for a timestamp
FORMS = ("stream", "stream", "stream", "packed", "table", "hybrid", "unlisted", "whole")
WORDS = ("UNGÜLTIG", "zurückgezogen", "(", "\x00", "A" * 2000)


class Written(bytes):
    """A value that is already in the syntax of PDF."""


def write(value: Any) -> bytes:
    """``value`` in the syntax of PDF."""
    if isinstance(value, Written):
        return value
    if isinstance(value, Name):
        letters = (x if x.isalnum() else f"#{ord(x):02x}" for x in value)
        return b"/" + "".join(letters).encode("latin-1")
    if isinstance(value, Ref):
        return b"%d %d R" % value
    if isinstance(value, Stream):
        head = {**value.head, "Length": len(value.raw)}
        return write(head) + b"\nstream\n" + value.raw + b"\nendstream"
    if isinstance(value, dict):
        items = (write(Name(name)) + b" " + write(item) for name, item in value.items())
        return b"<< " + b" ".join(items) + b" >>"
    if isinstance(value, list):
        return b"[" + b" ".join(map(write, value)) + b"]"
    if isinstance(value, bytes):
        return b"<" + value.hex().upper().encode() + b">"
    if isinstance(value, str):
        return write(b"\xfe\xff" + value.encode("utf-16-be"))
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    return str(value).encode()


class Update:
    """A file to which revisions are appended."""

    def __init__(self, base: Pdf, random: Random | None = None) -> None:
        self.base, self.random = base, random or Random(0)
        self.content, self.previous = base.data, base.sections[0].at
        self.trailer = {name: base.trailer.get(name) for name in ("Root", "Info", "ID")}
        self.next = base.trailer["Size"]
        self.current: dict[int, Any] = {}  # by number, of all revisions
        self.pending: dict[int, Any] = {}  # of the revision that is not written yet
        self.freed: list[int] = []
        self.between, self.behind = b"", b""  # what is in no object
        self.rewrite: Callable[[bytes], bytes] = bytes  # of the table
        self.rewrite_token: Callable[[bytes], bytes] = bytes
        self.seal = next(field for field in read_fields(base) if field.kind == "Sig")

    def get(self, value: Any) -> Any:
        """A copy of what a reference leads to, or of the value itself."""
        if isinstance(value, Ref):
            number = value.number
            value = self.current[number] if number in self.current else self.base.get(number)
        return deepcopy(value)

    def put(self, reference: Ref, value: Any) -> None:
        self.current[reference.number] = self.pending[reference.number] = value

    def add(self, value: Any) -> Ref:
        reference, self.next = Ref(self.next, 0), self.next + 1
        self.put(reference, value)
        return reference

    def change(self, reference: Ref, **entries: Any) -> None:
        """Set entries of a dictionary; what is ``None`` is removed."""
        value = {**self.get(reference), **entries}
        self.put(reference, {name: item for name, item in value.items() if item is not None})

    def extend(self, reference: Ref, name: str, *items: Any) -> None:
        """Append to an array that stands in a dictionary or is referred to there."""
        old = self.get(self.get(self.get(reference).get(name)) or [])
        self.change(reference, **{name: [*old, *items]})

    def drop_unused(self, since: int) -> None:
        """Forget new objects, from this number on, that nothing leads to."""
        while True:
            used = set(find_references([self.trailer, *self.pending.values()]))
            unused = [n for n in self.pending if n >= since and Ref(n, 0) not in used]
            if not unused:
                return
            for number in unused:
                del self.pending[number], self.current[number]

    @property
    def root(self) -> Ref:
        return self.trailer["Root"]

    def pages(self) -> list[Ref]:
        return [Ref(number, 0) for number, _page in self.base.list_pages()]

    def page(self) -> Ref:
        return self.random.choice(self.pages())

    def word(self) -> str:
        return self.random.choice(WORDS)

    def drawing(self) -> Ref:
        head = {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 500, 500]}
        return self.add(Stream(head, b"1 0 0 rg 0 0 500 500 re f"))

    def save(self, form: str) -> None:
        """Write the pending objects as a revision."""
        start, out, places = len(self.content), self.content, {}
        packed = {}
        if form == "packed":
            packed = {n: v for n, v in self.pending.items() if not isinstance(v, Stream)}
            if packed:
                texts = [write(value) for value in packed.values()]
                offsets = [sum(len(text) + 1 for text in texts[:at]) for at in range(len(texts))]
                pairs = zip(packed, offsets, strict=True)
                head = " ".join(f"{n} {at}" for n, at in pairs).encode() + b"\n"
                entries = {"Type": Name("ObjStm"), "N": len(texts), "First": len(head)}
                self.add(Stream(entries, head + b"\n".join(texts)))
        out += self.random.choice((b"", b"", b"\n")) + self.between
        for number, value in self.pending.items():
            if number not in packed:
                places[number] = (1, len(out), 0)
                out += b"%d 0 obj\n" % number + write(value) + b"\nendobj\n"
        container = self.next - 1
        places |= {number: (2, container, index) for index, number in enumerate(packed)}
        places |= dict.fromkeys(self.freed, (0, 0, 1))
        trailer = {name: value for name, value in self.trailer.items() if value is not None}
        previous: dict[str, Any] = {"Prev": self.previous}
        if form == "whole":
            places, previous = {**self.base.entries, **places}, {}
        at = len(out)
        if form in ("table", "hybrid", "whole-table"):
            shown = {0: (0, 0, 65535), **({} if form == "hybrid" else places)}
            if form == "hybrid":
                out += self.section(places, {**trailer, **previous}, at)
                previous["XRefStm"], at = at, len(out)
            out += b"xref\n"
            for number, (kind, where, generation) in sorted(shown.items()):
                mark = b"n" if kind else b"f"
                out += b"%d 1\n%010d %05d %s \n" % (number, where, generation, mark)
            out += b"trailer\n" + write({**trailer, "Size": self.next, **previous}) + b"\n"
        elif form != "unlisted":
            out += self.section(places, {**trailer, **previous}, at)
        out += self.behind
        if form != "unlisted" or self.random.random() < 0.5 or len(out) == start:
            out += b"startxref\n%d\n%%%%EOF\n" % (self.previous if form == "unlisted" else at)
        self.previous = self.previous if form == "unlisted" else at
        self.content, self.pending, self.freed, self.between, self.behind = out, {}, [], b"", b""
        assert len(self.content) > start

    def section(self, places: dict[int, Any], trailer: dict[str, Any], at: int) -> bytes:
        number, self.next = self.next, self.next + 1
        places = {**places, number: (1, at, 0)}
        index = [item for number in sorted(places) for item in (number, 1)]
        rows = b"".join(
            bytes([kind]) + where.to_bytes(4, "big") + last.to_bytes(2, "big")
            for _number, (kind, where, last) in sorted(places.items())
        )
        head = {"Type": Name("XRef"), "W": [1, 4, 2], "Index": index, "Size": self.next, **trailer}
        return self.rewrite(b"%d 0 obj\n" % number + write(Stream(head, rows)) + b"\nendobj\n")

    def stamp(self, stamper: DummyTimeStamper, form: str = "stream", **field: Any) -> None:
        """Append a timestamp over everything, with what is pending in the same revision."""
        value = {
            **{"Type": Name("DocTimeStamp"), "Filter": Name("Adobe.PPKLite")},
            **{"SubFilter": Name("ETSI.RFC3161"), "ByteRange": [0, 10**9, 10**9, 10**9]},
            "Contents": bytes(STAMP_SIZE),
        }
        value_reference = self.add(value)
        page = self.pages()[0]
        widget = {
            **{"FT": Name("Sig"), "Type": Name("Annot"), "Subtype": Name("Widget"), "F": 132},
            **{"T": b"Timestamp-%036d" % self.next, "TU": b"Timestamp", "Rect": [0, 0, 0, 0]},
            **{"P": page, "V": value_reference},
        }
        widget_reference = self.add(widget | field)
        self.extend(self.get(self.root)["AcroForm"], "Fields", widget_reference)
        self.extend(page, "Annots", widget_reference)
        self.save(form)
        gap = self.content.rindex(write(bytes(STAMP_SIZE)))
        end = gap + 2 * STAMP_SIZE + 2
        places = (gap, end, len(self.content) - end)
        old = write(value["ByteRange"])
        new = (b"[0 %d %d %d]" % places).ljust(len(old))
        at = self.content.rindex(old)
        self.content = self.content[:at] + new + self.content[at + len(old) :]
        token = self.rewrite_token(request_token(stamper, self.content[:gap] + self.content[end:]))
        hidden = b"<" + token.ljust(STAMP_SIZE, b"\0").hex().upper().encode() + b">"
        self.content = self.content[:gap] + hidden + self.content[end:]


def find_references(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Stream | dict | list):
        inner = value.head if isinstance(value, Stream) else value
        for item in inner.values() if isinstance(inner, dict) else inner:
            yield from find_references(item)


def request_token(stamper: DummyTimeStamper, content: bytes) -> bytes:
    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": sha256(content).digest(),
    }
    request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
    token: bytes = stamper.request_tsa_response(request)["time_stamp_token"].dump()
    return token


# What strangers change: each takes the update and sets objects in it.


def metadata(update: Update) -> None:
    text = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{update.word()}</x:xmpmeta>".encode()
    reference = update.get(update.root)["Metadata"]
    update.put(reference, Stream({"Type": Name("Metadata"), "Subtype": Name("XML")}, text))


def information(update: Update) -> None:
    name = update.random.choice(("Title", "Author", "Subject", "Producer", "Fremd"))
    update.change(update.trailer["Info"], **{name: update.word()})


def validation_data(update: Update) -> None:
    """Something else in the store of certificates, OCSP responses and revocation lists."""
    root, random = update.get(update.root), update.random
    store = update.get(root.get("DSS")) or {"Type": Name("DSS"), "Certs": []}
    name = random.choice(("Certs", "OCSPs", "CRLs", "VRI", "Fremd"))
    kept = (update.base["Root/DSS"] or {}).get("Certs", [])
    certificates = [update.base.unpack(update.base.resolve(item)) for item in kept]
    raw = random.choice([b"", b"\x30\x00", *certificates])
    behind, inside = random.choice(((b"", b"x"), (b"x", b""), (b"x", b"x")))
    head = random.choice(({}, {"Title": update.word()}, {"Filter": Name("FlateDecode")}))
    raw = zlib.compress(raw + inside) if "Filter" in head else raw + inside
    stream = update.add(Stream(head, raw + behind))
    if name == "VRI":
        entry = {random.choice(("Cert", "CRL", "OCSP", "TS")): [stream], "TU": update.word()}
        store["VRI"] = {sha256(raw).hexdigest()[:40].upper(): entry}
    else:
        store[name] = [*(update.get(store.get(name)) or []), stream]
    reference = root.get("DSS")
    if isinstance(reference, Ref):
        update.put(reference, store)
    else:
        update.change(update.root, DSS=update.add(store))


def annotation(update: Update) -> None:
    """Evil annotations: the permissions of a certified file may allow them, readers draw them."""
    kinds = (
        "Text Link FreeText Line Square Highlight Underline Stamp Caret Ink Popup FileAttachment"
    )
    kinds += " Sound Movie Screen Watermark 3D RichMedia Redact Widget Polygon StrikeOut Circle"
    kind, page = update.random.choice(kinds.split()), update.page()
    note: dict[str, Any] = {
        **{"Type": Name("Annot"), "Subtype": Name(kind), "Contents": update.word()},
        "Rect": update.random.choice(([0, 0, 500, 500], [0, 0, 0, 0])),
        "F": update.random.choice((0, 2, 4, 132)),
    }
    if update.random.random() < 0.5:
        note["AP"] = {"N": update.drawing()}
    if kind == "Link":
        note["A"] = {"S": Name("URI"), "URI": b"https://example.org"}
    update.extend(page, "Annots", update.add(note))


def changed_annotation(update: Update) -> None:
    """A link of the print that leads elsewhere, or an annotation that is gone."""
    pages = [page for page in update.pages() if update.get(update.get(page).get("Annots"))]
    page = update.random.choice(pages)
    notes = update.get(update.get(page)["Annots"])
    chosen = update.random.choice(notes)
    if update.random.random() < 0.3 or not isinstance(chosen, Ref):
        update.change(page, Annots=[note for note in notes if note != chosen])
    else:
        update.change(chosen, A={"S": Name("URI"), "URI": b"https://example.org"}, F=4)


def form_field(update: Update) -> None:
    """A field: text, button, choice or, as in a sneaky signature, one without a signature."""
    kind, page = update.random.choice(("Tx", "Btn", "Ch", "Sig")), update.page()
    field: dict[str, Any] = {
        **{"FT": Name(kind), "Type": Name("Annot"), "Subtype": Name("Widget"), "T": update.word()},
        **{"Rect": [0, 0, 500, 500], "P": page, "AP": {"N": update.drawing()}, "F": 4},
    }
    if kind in ("Tx", "Ch"):
        field["V"] = update.word()
    reference = update.add(field)
    update.extend(update.get(update.root)["AcroForm"], "Fields", reference)
    if update.random.random() < 0.8:
        update.extend(page, "Annots", reference)


def form(update: Update) -> None:
    entries = {
        "NeedAppearances": True,
        "XFA": update.add(Stream({}, b"<xdp/>")),
        "SigFlags": update.random.choice((0, 1, 2)),
        "DR": {"Font": {}},
        "DA": "/Helv 0 Tf",
        "CO": [],
        "Fields": [],
    }
    name = update.random.choice(list(entries))
    update.change(update.get(update.root)["AcroForm"], **{name: entries[name]})


def seal_field(update: Update) -> None:
    """A sneaky signature: the field of the seal is drawn, renamed or leads to another value."""
    entries = {
        "Rect": [0, 0, 500, 500],
        "AP": {"N": update.drawing()},
        "T": update.word(),
        "TU": update.word(),
        "MK": {"CA": update.word()},
        "AA": {"E": {"S": Name("JavaScript"), "JS": b"app.alert(1)"}},
        "F": 4,
        "V": update.add({**update.seal.value, "Reason": update.word()}),
    }
    name = update.random.choice(list(entries))
    update.change(Ref(update.seal.number, 0), **{name: entries[name]})


def signature(update: Update) -> None:
    """Universal signature forgery: what is needed to verify is missing, empty or nonsense."""
    reference = update.get(Ref(update.seal.number, 0))["V"]
    values = {
        "ByteRange": (None, [], [0, 0, 0, 0], [0, -1, 0, 0], [0, 10, 20, 10**9], b"0 1 2 3"),
        "Contents": (None, b"", b"\0", bytes(64), b"\x30\x80"),
        "Reference": (None, []),
        "SubFilter": (None, Name("adbe.x509.rsa_sha1"), Name("ETSI.RFC3161")),
        "M": (None, b"D:20190501120000Z"),
        "Name": (update.word(),),
        "Type": (None, Name("DocTimeStamp")),
    }
    name = update.random.choice(list(values))
    update.change(reference, **{name: update.random.choice(values[name])})


def wrapped(update: Update) -> None:
    """Signature wrapping: the seal is told to cover the old bytes at another place."""
    start, gap, after, rest = update.seal.value["ByteRange"]
    moved = [start, gap, after + update.random.choice((0, 1, 1000)), rest]
    reference = update.get(Ref(update.seal.number, 0))["V"]
    update.change(reference, ByteRange=moved, Contents=update.seal.content)


def another_seal(update: Update) -> None:
    """A second signature, the copy of the first, in a field of its own."""
    field = update.get(Ref(update.seal.number, 0))
    value = {**update.seal.value}
    value["Type"] = Name(update.random.choice(("Sig", "DocTimeStamp")))
    reference = update.add({**field, "T": update.word(), "V": update.add(value)})
    update.extend(update.get(update.root)["AcroForm"], "Fields", reference)


def attachment(update: Update) -> None:
    tree = update.get(update.root)["Names"]
    files = update.get(tree)["EmbeddedFiles"]
    names = (
        update.get((update.get(files) or {}).get("Names")) or []
    )  # an earlier change may have taken it
    if names and update.random.random() < 0.5:
        file = update.get(update.random.choice(names[1::2]))
        update.put(update.get(file["EF"])["F"], Stream({}, b'{"count": 9}'))
        return
    file = {"Type": Name("Filespec"), "F": b"a.txt", "EF": {"F": update.add(Stream({}, b"x"))}}
    items = [*names, update.word(), update.add(file)]
    reference = update.add({"Names": items})
    update.change(update.root, Names={**update.get(tree), "EmbeddedFiles": reference})


def outline(update: Update) -> None:
    reference = update.get(update.root)["Outlines"]
    first = update.get(reference)["First"]
    if update.random.random() < 0.6:
        update.change(first, Title=update.word())
        return
    item = update.add({"Title": update.word(), "Parent": reference, "Next": first})
    update.change(reference, First=item)


def names(update: Update) -> None:
    code = {"S": Name("JavaScript"), "JS": b"app.alert(1)"}
    entries = {
        "JavaScript": {"Names": [b"a", update.add(code)]},
        "Dests": {"Names": [b"a", [update.page(), Name("Fit")]]},
        "AP": {"Names": [b"a", update.drawing()]},
        "EmbeddedFiles": None,
    }
    name = update.random.choice(list(entries))
    old = update.get(update.get(update.root)["Names"])
    update.change(update.root, Names={**old, name: entries[name]})


def catalogue(update: Update) -> None:
    code = {"S": Name("JavaScript"), "JS": b"app.alert(1)"}
    group = update.add({"Type": Name("OCG"), "Name": update.word()})
    entries = {
        "PageLabels": {"Nums": [0, {"P": update.word()}]},
        "OpenAction": code,
        "AA": {"WC": code},
        "URI": {"Base": b"https://example.org"},
        "Lang": b"en",
        "Version": Name("2.0"),
        "Collection": {"View": Name("H")},
        "OCProperties": {"OCGs": [group], "D": {"OFF": [group], "Order": [group]}},
        "ViewerPreferences": {"DisplayDocTitle": False},
        "PageMode": Name("UseAttachments"),
        "PageLayout": Name("TwoPageLeft"),
        "MarkInfo": {"Marked": False},
        "StructTreeRoot": None,
        "Perms": None,
        "SignoffKind": update.random.choice((None, Name("receipt"), Name("final"))),
        "Legal": {"Attestation": update.word()},
        "Requirements": [],
        "Extensions": {"FREM": {"BaseVersion": Name("1.7"), "ExtensionLevel": 1}},
        "OutputIntents": None,
        "AF": [],
        "Dests": {},
        "Threads": [],
        "PieceInfo": {"Fremd": {"Private": update.word()}},
        "SpiderInfo": {},
        "DPartRoot": {},
        "DSS": {},
        "Fremd": update.word(),
    }
    name = update.random.choice(list(entries))
    update.change(update.root, **{name: entries[name]})


def pages(update: Update) -> None:
    """Pages that are added, gone, doubled or in another order."""
    reference = update.get(update.root)["Pages"]
    kids = update.get(update.get(reference)["Kids"])
    other = update.add({**update.get(kids[0]), "Parent": reference, "Contents": update.drawing()})
    kids = update.random.choice(
        ([*kids, kids[0]], [*kids, other], kids[1:], kids[::-1], [other, *kids[1:]])
    )
    if update.random.random() < 0.5:
        update.change(reference, Kids=kids, Count=len(kids))
    else:  # a shadow: another tree replaces the old one
        update.change(update.root, Pages=update.add({**update.get(reference), "Kids": kids}))


def page(update: Update) -> None:
    page = update.page()
    drawing = update.add(Stream({}, b"1 0 0 rg 0 0 500 500 re f"))
    contents = update.get(page)["Contents"]
    entries = {
        "Contents": update.random.choice((drawing, [contents, drawing], [])),
        "Resources": {"Font": {}},
        "MediaBox": [0, 0, 50, 50],
        "CropBox": [0, 0, 50, 50],
        "Rotate": 180,
        "UserUnit": 2.5,
        "Annots": [],
        "AA": {"O": {"S": Name("JavaScript"), "JS": b"app.alert(1)"}},
        "Thumb": update.drawing(),
        "Dur": 1,
        "Metadata": update.add(Stream({}, update.word().encode())),
        "Fremd": update.word(),
    }
    name = update.random.choice(list(entries))
    update.change(page, **{name: entries[name]})


def shadow(update: Update) -> None:
    """Any object of the print is replaced: content, font, picture, table of characters."""
    number = update.random.choice(list(update.base.entries))
    value = update.get(Ref(number, 0))
    if isinstance(value, Stream):
        value = Stream({}, update.random.choice((b"", b"1 0 0 rg 0 0 9 9 re f", value.raw[:9])))
    elif isinstance(value, dict) and value:
        name = update.random.choice(list(value))
        value[name] = update.random.choice((None, 0, update.word(), [], {}))
    else:
        value = update.word()
    update.put(Ref(number, 0), value)


def unchanged(update: Update) -> None:
    """An object that is written once more as it is."""
    number = update.random.choice(list(update.base.entries))
    update.put(Ref(number, 0), update.get(Ref(number, 0)))


def orphan(update: Update) -> None:
    """An object that nothing leads to: content that a later update can show."""
    update.random.choice((update.drawing, lambda: update.add(update.word())))()


def freed(update: Update) -> None:
    update.freed.append(update.random.choice(list(update.base.entries)))
    orphan(update)


def trailer(update: Update) -> None:
    """Another root, other information or another identifier in the trailer."""
    root = {**update.get(update.root), "Lang": b"en"}
    entries = {
        "Root": update.add(root),
        "Info": update.random.choice((None, update.add({"Title": update.word()}))),
        "ID": update.random.choice((None, [b"0" * 16, b"1" * 16])),
        "Encrypt": update.add({"Filter": Name("Standard"), "V": 1}),
        "Fremd": update.word(),
    }
    name = update.random.choice(list(entries))
    update.trailer[name] = entries[name]


def gap(update: Update) -> None:
    """Bytes that belong to no object, or to one that is in no table."""
    number = update.random.choice(list(update.base.entries))
    texts = (b"%x\n", b" ", b"\0", b"x\n", b"%d 0 obj\n(x)\nendobj\n" % number, b"%%EOF\n")
    setattr(update, update.random.choice(("between", "behind")), update.random.choice(texts))


CHANGES: tuple[Callable[[Update], None], ...] = (
    *(metadata, information, validation_data, annotation, changed_annotation, form_field, form),
    *(seal_field, signature, wrapped, another_seal, attachment, outline, names, catalogue, pages),
    *(page, shadow, unchanged, orphan, freed, trailer, gap),
)
STAMP_FIELDS: tuple[dict[str, Any], ...] = (
    *({"Rect": [0, 0, 500, 500]}, {"TU": "UNGÜLTIG"}, {"MK": {"CA": "UNGÜLTIG"}}),
    *({"F": 4}, {"T": ""}, {"DV": "UNGÜLTIG"}, {"Contents": "UNGÜLTIG"}, {"FT": Name("Tx")}),
    {"A": {"S": Name("URI"), "URI": b"https://example.org"}},
    {"Lock": {"Type": Name("SigFieldLock"), "Action": Name("All")}},
)


def forge(
    number: int, bases: list[Pdf], stampers: list[DummyTimeStamper]
) -> tuple[list[str], bytes]:
    """The forged file of this number, and how it was made."""
    random = Random(number)
    update = Update(random.choice(bases), random)
    made = [f"file {number}"]
    closing = random.choice(("none", "same", "later", "later", "before", "bytes", "field"))
    if closing == "before":
        update.stamp(random.choice(stampers))
    fields = random.choice(STAMP_FIELDS) if closing == "field" else {}
    if closing != "field":
        for change in random.choices(CHANGES, k=random.choice((1, 1, 1, 2, 3))):
            made.append(change.__name__)
            since = update.next
            change(update)
            if change not in (orphan, freed):
                update.drop_unused(since)
    form = random.choice(FORMS)
    made += [closing, form, str(fields or "")]
    if closing in ("same", "field"):
        update.stamp(random.choice(stampers), form, **fields)
        return made, update.content
    if closing == "bytes":  # no update, but bytes that are overwritten or appended
        return made, scribble(update.base.data, random)
    update.save(form)
    if closing == "later":
        update.stamp(random.choice(stampers), random.choice(FORMS))
    return made, update.content


def scribble(data: bytes, random: Random) -> bytes:
    kind, at = random.randrange(5), random.randrange(len(data))
    if kind == 0:
        return data[:at] + random.randbytes(random.choice((1, 8))) + data[at + 8 :]
    if kind == 1:
        return data + random.choice((b"\n", b"%", b"\0", b"%%EOF\n", data[at:]))
    if kind == 2:
        return random.choice((b"\n", b"%PDF-1.4\n", b"\0" * 8)) + data
    if kind == 3:
        return data[:at]
    return data[:at] + random.choice((b"\n", b"%x\n", b" ")) + data[at:]
