"""Two programs that share nothing but ``docs/verify.md`` give the same verdict about every file.

Files of two instances are changed at random, by hand and with the keys of strangers and of the
association itself, which is how gaps of the description show.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any

import pikepdf
import pytest
from cryptography import x509

from signoff import actions, store
from signoff.domain.answers import Basis
from signoff.domain.documents import CopyKind, PrintedDocument
from signoff.domain.log import MerkleTree, hash_statement
from signoff.exports import verify_signoff
from signoff.exports.receipts import build_certificate_json, build_entries
from signoff.exports.verify_signoff import Pdf, read_fields
from signoff.exports.zip_files import iter_zip
from signoff.pdf import keys
from signoff.pdf.signature import TimestampAuthority, add_archive_timestamp, seal_pdf
from signoff.signing import LogKey
from tests.factories import HESITANT, MAYOR, UNWILLING, decline, pending, sign
from tests.pdf import documents, second_verifier
from tests.pdf.certificate_authority import authority, stamper
from tests.pdf.conftest import print_document
from tests.pdf.updates import forge
from tests.representative import RepresentativeClient
from tests.world import DEADLINE, KEYS, World, build_instance

OWN, OTHER, STRANGER = LogKey(KEYS.log), LogKey(b"h" * 32), LogKey(b"s" * 32)


@dataclass(frozen=True)
class Case:
    """A file with what the reader trusts, and the log it is compared with."""

    name: str
    content: bytes
    trusted: bytes = OWN.verifier_key.encode()
    log: bytes | None = None


def judge(case: Case) -> tuple[str, str]:
    """Verdict and check ``log`` by ``verify_signoff.py``."""
    trust = verify_signoff.Trust(case.trusted)
    if case.log is not None:
        try:
            trust.log = verify_signoff.open_log(case.log)
        except verify_signoff.ERRORS:
            return "refused", "skipped"
    report = verify_signoff.check(case.content, trust)
    results = {True: "pass", False: "fail", None: "skipped"}
    return report.verdict, results[report.checks.get("log")]


def judge_again(case: Case) -> tuple[str, str]:
    """The same by the second verifier."""
    try:
        result = second_verifier.verify(case.content, case.trusted, case.log)
        return result.verdict, result.log
    except second_verifier.Wrong:  # of the log
        return "refused", "skipped"


def compare(cases: Iterator[Case]) -> Counter[str]:
    """The number of each verdict, after both have given the same to each file."""
    found: Counter[str] = Counter()
    for case in cases:
        first, second = judge(case), judge_again(case)
        assert first == second, (case.name, first, second, case)
        found.update(first)
    return found


# Files of instances.


@dataclass(frozen=True)
class Samples:
    files: list[bytes]  # receipts and certificates
    logs: list[bytes]

    @property
    def receipts(self) -> list[dict[str, Any]]:
        parsed = map(json.loads, self.files)
        return [file for file in parsed if file["format"] == verify_signoff.RECEIPT]


def collect(world: World) -> Samples:
    """What an instance gives away: of a member, before and after the closing and the release."""
    client, files, logs = RepresentativeClient(world), [], []

    def take() -> None:
        files.append(client.get("receipt.json").data)
        db, log = world.db, store.log
        given = log.list_leaves(db), log.list_checkpoints(db), log.list_statements(db)
        logs.append(build_entries(*given, world.services.log_key))

    def take_certificates() -> None:
        for member in (
            None,
            *(store.members.find_by_key(world.db, key) for key in ("01", "03")),
        ):
            copy = store.audit.build_certificate(world.db, world.round(), world.now, member)
            files.append(build_certificate_json(copy, world.services.log_key))

    world.answer(MAYOR, decline())
    take()
    world.answer(HESITANT, pending())
    world.answer(MAYOR, sign(note="Ähnlich wie „hier“."), form="again")
    take()
    take_certificates()
    actions.answers.withdraw(world.db, world.access(MAYOR), form_key="w", now=world.now)
    take()
    world.answer(UNWILLING, sign("Markt Ähringen"))
    world.now += timedelta(hours=1)
    world.closed()
    take()
    take_certificates()
    world.now += timedelta(hours=1)
    world.released()
    take()
    take_certificates()
    files.append(erase(files[-4]))
    return Samples(files, logs)


def erase(receipt: bytes) -> bytes:
    return json.dumps({**json.loads(receipt), "details": None, "details_salt": ""}).encode()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Samples, Samples]:
    def collect_from(key: LogKey) -> Samples:
        settings = build_instance(tmp_path_factory.mktemp("instance"))
        return collect(World(replace(settings, keys=replace(KEYS, log=key.seed))))

    return collect_from(OWN), collect_from(OTHER)


# Changes of bytes.


def flip(random: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    changed[random.randrange(len(content))] ^= 1 << random.randrange(8)
    return bytes(changed)


def truncate(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


def append(random: Random, content: bytes) -> bytes:
    return content + random.choice([b" ", b"\n", b"\0", b"{}", b"\n%%EOF\n", b"null"])


def prepend(random: Random, content: bytes) -> bytes:
    return random.choice([b" ", b"\n", b"\0", b"\xef\xbb\xbf", b"{}", b"%"]) + content


def remove_bytes(random: Random, content: bytes) -> bytes:
    start = random.randrange(len(content))
    return content[:start] + content[start + random.randint(1, 40) :]


def repeat_bytes(random: Random, content: bytes) -> bytes:
    start, end = sorted(random.sample(range(len(content)), 2))
    return content[:end] + content[start:]


BYTES = [flip, flip, truncate, append, prepend, remove_bytes, repeat_bytes]


# Changes of JSON documents.


def walk(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place in a document: its object or list, and its name or number there."""
    if isinstance(value, dict | list):
        for place in value if isinstance(value, dict) else range(len(value)):
            yield value, place
            yield from walk(value[place])


def choose(random: Random, file: Any) -> tuple[Any, Any]:
    return random.choice([*walk(file)])


def other_value(random: Random, value: Any) -> Any:
    """Something near ``value``, or of another type."""
    near: list[Any] = [None, True, 1.0, "", [], {}, 0, "0" * 64, -1, "\ud800", [value], {"": value}]
    if isinstance(value, str) and value:
        at = random.randrange(len(value))
        near += [value.upper(), value + " ", value[1:], value[:-1], value.replace("\n", "\r\n")]
        near += [value[:at] + random.choice("0aZ+= \n\u0661") + value[at + 1 :]] * 5
    elif isinstance(value, int):
        near += [value + 1, value - 1, float(value), str(value), bool(value), value + 2**64]
    elif isinstance(value, list) and value:
        near += [value[::-1], value[1:], value[:-1], value + value[:1], value[:1] * len(value)]
    elif isinstance(value, dict) and value:
        near += [{**value, "also": 1}, dict([*value.items()][1:]), [*value.items()]]
    return random.choice(near)


def change(random: Random, file: Any, _others: list[Any]) -> None:
    holder, place = choose(random, file)
    holder[place] = other_value(random, holder[place])


def strip(random: Random, file: Any, _others: list[Any]) -> None:
    holder, place = choose(random, file)
    del holder[place]


def take_from_another(random: Random, file: Any, others: list[Any]) -> None:
    """What another file has under the same name."""
    holder, place = choose(random, file)
    found = [there[here] for other in others for there, here in walk(other) if here == place]
    holder[place] = deepcopy(random.choice(found)) if found else None


def add(random: Random, file: Any, _others: list[Any]) -> None:
    holder, place = choose(random, file)
    if isinstance(holder, dict):
        holder[random.choice(["also", "Format", "number", "proof", "kind"])] = holder[place]
    else:
        holder.insert(random.randrange(len(holder) + 1), holder[place])


Change = Callable[[Random, Any, list[Any]], None]
JSON: list[Change] = [change, change, change, strip, take_from_another, take_from_another, add]


def write(random: Random, file: Any) -> bytes:
    """The document in one of many ways to write it; some are not JSON, or not UTF-8."""
    if isinstance(file, dict) and random.random() < 0.3:
        file = dict(random.sample([*file.items()], len(file)))
    text = json.dumps(
        file,
        ensure_ascii=random.random() < 0.3,
        indent=random.choice([None, 1, "\t"]),
        sort_keys=random.random() < 0.3,
    )
    ways: dict[Callable[[], str], int] = {
        (lambda: text): 12,
        (lambda: text.replace(": ", " :\r\n", random.randint(1, 9))): 2,
        (lambda: text.replace("{", '{"format": "signoff-receipt-1", ', 1)): 1,
        (lambda: text.replace("{", '{"": 1, "": 1, ', random.randint(1, 2))): 1,
        (lambda: text.replace(": 1", random.choice([": 1e0", ": 1.0", ": 01", ": +1", ": -0"]))): 1,
        (lambda: text.replace("null", random.choice(["NaN", "None", "undefined"]), 1)): 1,
        (lambda: text.replace('"a', '"\\u0061', 2)): 1,
        (lambda: text + random.choice([",", "}", "//", "/**/"])): 1,
    }
    (way,) = random.choices([*ways], [*ways.values()])
    encoding = random.choice(
        ["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"]
    )
    return way().encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


# Files that somebody signs who should not, or who signs what Signoff would not.


def note(key: LogKey, leaves: list[bytes], random: Random | None = None) -> str:
    size = len(leaves)
    if random:
        size = random.choice([size] * 6 + [size + 1, 0])
    text = f"{key.name}\n{size}\n{b64encode(MerkleTree(leaves).root).decode()}\n"
    return f"{text}\n\u2014 {key.name} {key.sign(text.encode())}\n"


def sign_again(random: Random, file: dict[str, Any], key: LogKey) -> dict[str, Any]:
    """The file with a signature and proofs that fit its statement."""

    def prove(statement: Any) -> dict[str, Any]:
        leaves = [random.randbytes(32) for _ in range(random.randint(0, 6))]
        index = random.randint(0, len(leaves))
        leaves.insert(index, hash_statement(statement))
        path = [step.hex() for step in MerkleTree(leaves).build_path(index)]
        return {"index": index, "path": path, "checkpoint": note(key, leaves, random)}

    signed = {**file, **key.sign_statement(file.get("statement"))}
    if signed.get("proof"):
        signed["proof"] = prove(signed["statement"])
    if isinstance(signed.get("log"), list):
        signed["log"] = [
            {**entry, "proof": prove(entry["statement"])}
            for entry in signed["log"]
            if isinstance(entry, dict) and "statement" in entry
        ]
    return signed


def build_log(random: Random, receipt: dict[str, Any], others: list[Any]) -> bytes:
    """A log that holds, with the receipt or without, before a later statement or after it."""
    entries = [
        entry["statement"]
        for other in others
        for entry in other.get("log", [])
        if entry["statement"]["format"] == verify_signoff.LOG_FORMAT
    ]
    stated = random.sample(entries, min(len(entries), random.randint(0, 3)))
    leaves = [random.randbytes(32) for _ in range(random.randint(1, 5))]
    for each in [*stated, *random.choice([[], [receipt["statement"]]])]:
        leaves.insert(random.randint(0, len(leaves)), hash_statement(each))
    sizes = sorted({*random.sample(range(1, len(leaves) + 1), 1), random.choice([1, len(leaves)])})
    key = random.choice([OWN] * 5 + [OTHER])
    log = {
        "format": verify_signoff.LOG_FORMAT,
        "key": key.verifier_key,
        "leaves": [each.hex() for each in leaves],
        "checkpoints": [note(key, leaves[:size], random) for size in sizes],
        "statements": [
            {"index": leaves.index(hash_statement(each)), "statement": each} for each in stated
        ],
    }
    return json.dumps(log).encode()


def iter_signed(random: Random, samples: tuple[Samples, Samples], count: int) -> Iterator[Case]:
    """Receipts and certificates."""
    own, other = samples
    files = [json.loads(each) for each in own.files]
    all_files = files + [json.loads(each) for each in other.files]
    for _ in range(count):
        trusted = b"\n".join(
            random.choice([b"", OWN.verifier_key.encode(), OWN.verifier_key.encode(), key])
            for key in [STRANGER.verifier_key.encode(), OTHER.verifier_key.encode()]
        )
        kind = random.randrange(6)
        if kind == 0:
            way = random.choice(BYTES)
            yield Case(way.__name__, way(random, random.choice(own.files)), trusted)
        elif kind == 1:
            file = random.choice(own.receipts)
            log = build_log(random, file, all_files)
            if random.random() < 0.3:
                log = random.choice(BYTES)(random, log)
            yield Case("log", json.dumps(file).encode(), trusted, log)
        else:
            file, names = deepcopy(random.choice(files)), []
            for _each in range(random.choice([0, 1, 1, 1, 2])):
                step = random.choice(JSON)
                try:
                    step(random, file, all_files)
                except (LookupError, TypeError):  # an earlier change has left nothing to change
                    continue
                names.append(step.__name__)
            if kind >= 4 and isinstance(file, dict):
                key = random.choice([OWN, STRANGER])
                try:
                    file = sign_again(random, file, key)
                    names.append("sign_again")
                except (UnicodeEncodeError, ValueError):  # nothing that can be signed
                    pass
            given = random.choice([None, None, *own.logs, *other.logs])
            yield Case(" ".join(names), write(random, file), trusted, given)


def test_two_verifiers_agree_on_what_is_genuine(samples: tuple[Samples, Samples]) -> None:
    for file in samples[0].files:
        assert judge(Case("", file)) == judge_again(Case("", file)) == ("genuine", "skipped")
        foreign = Case("", file, OTHER.verifier_key.encode())
        assert judge(foreign) == judge_again(foreign) == ("cannot_tell", "skipped")


def test_two_verifiers_agree_on_changed_receipts_and_certificates(
    samples: tuple[Samples, Samples],
) -> None:
    verdicts = compare(iter_signed(Random(1), samples, 100))
    assert verdicts.keys() >= {"genuine", "not_genuine", "cannot_tell", "refused", "pass", "fail"}


@pytest.mark.soak
def test_two_verifiers_agree_on_500_receipts_and_certificates(
    samples: tuple[Samples, Samples],
) -> None:
    compare(iter_signed(Random(2), samples, 500))


# PDFs.

Final = Callable[..., PrintedDocument]


@pytest.fixture(scope="module")
def seals() -> tuple[keys.Key, keys.Key]:
    """The association's, and that of a stranger with the same name."""
    first, second = (keys.load_key(keys.generate_key("Verband")) for _ in range(2))
    return first, second


def change_gap(random: Random, content: bytes) -> bytes:
    """Other digits in the room of the seal, which no signature covers."""
    start = content.index(b"/Contents <") + len(b"/Contents ")
    end = content.index(b">", start) + 1
    gap = bytearray(content[start:end])
    at = random.choice([1, random.randrange(len(gap)), random.randrange(5000), len(gap) - 2])
    gap[at : at + 1] = random.choice([b"0", b"f", b" ", b"A", gap[at : at + 1].lower(), b"%"])
    return content[:start] + bytes(gap) + content[end:]


def change_file(random: Random, pdf: pikepdf.Pdf, others: list[dict[str, bytes]]) -> str:
    """Something else in one embedded file, or another one in its place."""
    names = [*pdf.attachments]
    name = random.choice([*names, "evidence.json", "evidence.json", "evidence.json"])
    kind = random.randrange(6)
    if kind == 0:
        del pdf.attachments[name]
    elif kind == 1:
        pdf.attachments["also.txt"] = pikepdf.AttachedFileSpec(
            pdf,
            b"?",
            filename="also.txt",
            description="",
            mime_type="",
            creation_date="",
            mod_date="",
        )
    else:
        stream = pdf.attachments[name].obj.EF.F
        content = random.choice(others)[name]
        if kind > 2 and name.endswith(".json"):
            file = json.loads(stream.read_bytes())
            random.choice(JSON)(random, file["log"] if "log" in file and kind > 3 else file, [file])
            content = json.dumps(file).encode("utf-8", "surrogatepass")
        stream.write(content)
    return f"{name} {kind}"


def iter_sealed(
    random: Random, print_out: bytes, seals: tuple[keys.Key, keys.Key], raw: int, resealed: int
) -> Iterator[Case]:
    """PDFs: changed after the seal, and sealed with other embedded files."""
    own, stranger = seals
    trusted = keys.format_pem(own.certificate)
    sealed = seal_pdf(print_out, own).content
    for _ in range(raw):
        way = random.choice([*BYTES, change_gap, change_gap])
        yield Case(way.__name__, way(random, sealed), trusted)
    others = [
        {each.name: each.text.encode() for each in documents.document(count).attachments}
        for count in (2, 3)
    ]
    for number in range(resealed):
        saved = BytesIO()
        with pikepdf.open(BytesIO(print_out)) as pdf:
            others[1] |= {
                name: each.get_file().read_bytes() for name, each in pdf.attachments.items()
            }
            others[0] |= {"verify_signoff.py": b"print('genuine')"}
            name = change_file(random, pdf, others)
            pdf.save(saved, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        if number % 5 == 0:
            yield Case(f"without a seal: {name}", saved.getvalue(), trusted)
            continue
        seal = own if number % 5 > 1 else stranger
        yield Case(name, seal_pdf(saved.getvalue(), seal).content, trusted)


HOLDER = "Zeitstempelstelle"


@pytest.fixture(scope="module")
def stamped(final: Final, seals: tuple[keys.Key, keys.Key]) -> list[Pdf]:
    """Files with timestamps: of the seal alone, of the file, renewed; and a sealed receipt."""
    with authority(holder=HOLDER) as url:
        tsa = TimestampAuthority(url)
        archived = seal_pdf(final(1, timestamp=True).content, seals[0], tsa).content
        renewed = add_archive_timestamp(archived, tsa, [])
    sealed = archived[: read_fields(Pdf(archived))[0].end]
    receipt = seal_pdf(final(1).content, seals[0], kind=CopyKind.RECEIPT).content
    return [*map(Pdf, (sealed, archived, renewed, receipt))]


def trust_all(key: keys.Key) -> bytes:
    known = x509.load_der_x509_certificate(stamper(HOLDER).tsa_cert.dump())
    return keys.format_pem(key.certificate) + keys.format_pem(known)


def iter_stamped(
    random: Random, stamped: list[Pdf], key: keys.Key, raw: int, forged: int
) -> Iterator[Case]:
    """Files with timestamps and receipts, changed at random and by updates."""
    for _ in range(raw):
        way = random.choice([*BYTES, change_gap])
        content = way(random, random.choice(stamped).data)
        yield Case(way.__name__, content, random.choice([trust_all(key), b""]))
    for _ in range(forged):
        stampers = [stamper(HOLDER), stamper(HOLDER), stamper("Fremde Stelle")]
        names, content = forge(random.randrange(10**6), stamped, stampers)
        yield Case(" ".join(names), content, trust_all(key))


# Bundles.


def build_files(papers: list[bytes], key: keys.Key) -> dict[str, bytes]:
    """The files of a bundle without their manifest."""
    leaves = [number.to_bytes(32, "big") for number in range(3)]
    checkpoint = note(OWN, leaves)
    log = {"format": verify_signoff.LOG_FORMAT, "key": OWN.verifier_key, "statements": []}
    log |= {"leaves": [leaf.hex() for leaf in leaves], "checkpoints": [checkpoint]}
    files = {
        **{"certificate.pem": keys.format_pem(key.certificate), "README.md": b"How to check"},
        **{
            "log/entries.json": json.dumps(log).encode(),
            "log/key": f"{OWN.verifier_key}\n".encode(),
        },
        "log/checkpoints": f"{checkpoint}\n".encode(),
    }
    for number, paper in enumerate(papers, 1):
        inside = Pdf(paper).read_attachments()
        files["verify_signoff.py"] = inside.pop("verify_signoff.py")
        evidence = json.loads(inside["evidence.json"])
        record = {name: evidence[name] for name in ("paper", "edition", "edition_digest", "as_of")}
        record |= {"title": evidence["text"]["title"], "kind": "final", "list_edition": 1}
        record |= {"sha256": sha256(paper).hexdigest()}
        record |= {"typeset_sha256": sha256(paper[: paper.index(b"%%EOF\n") + 6]).hexdigest()}
        files[f"releases/{number}-final.pdf"] = paper
        files[f"releases/{number}-final.json"] = json.dumps(record).encode()
        files |= {f"releases/{number}-final/{name}": data for name, data in inside.items()}
    return files


def pack(files: dict[str, bytes]) -> bytes:
    return b"".join(iter_zip(files.items(), DEADLINE))


def change_bundle(random: Random, files: dict[str, bytes], stranger: bytes) -> str:
    kind = random.randrange(9)
    name, other = random.sample([*files], 2)
    records = [each for each in files if each.endswith("l.json")]
    documents = [*records * 2, "log/entries.json"]
    if kind == 0:
        files[name] = flip(random, files[name])
    elif kind == 1:
        del files[name]
    elif kind == 2:
        files[random.choice([f"{name}.txt", "releases/3-x.pdf", "log/x"])] = files[name]
    elif kind == 3:
        files[name], files[other] = files[other], files[name]
    elif kind == 4:
        record = {**json.loads(files[records[0]]), "withdrawn_at": "2027-06-01"}
        files[random.choice([records[0], "releases/9-edition.json"])] = json.dumps(record).encode()
    elif kind == 5:
        line = f"{STRANGER.verifier_key}\n".encode()
        files["certificate.pem"] += random.choice([stranger, line, b"# note\n"])
    else:
        name = random.choice(documents)
        file = json.loads(files[name])
        random.choice(JSON)(random, file, [file, json.loads(files[records[-1]])])
        files[name] = json.dumps(file).encode("utf-8", "surrogatepass")
    return f"{name} {kind}"


def iter_bundles(
    random: Random, papers: list[bytes], seals: tuple[keys.Key, keys.Key], count: int
) -> Iterator[Case]:
    own, stranger = (keys.format_pem(seal.certificate) for seal in seals)
    everything = own + OWN.verifier_key.encode()
    whole = build_files(papers, seals[0])
    for trusted in (everything, own, stranger):
        yield Case("as it was built", pack(whole), trusted)
    for _ in range(count):
        files, trusted = dict(whole), random.choice([everything] * 4 + [own, stranger])
        if random.random() < 0.3:
            way = random.choice(BYTES)
            yield Case(way.__name__, way(random, pack(files)), trusted)
        else:
            name = change_bundle(random, files, stranger)
            yield Case(name, pack(files), trusted)


# Prints of another list than the one that is embedded and proved.

OTHER_FACTS: list[dict[str, Any]] = [
    {"name": "Stadt Andershausen"},
    {"name": "Hansestadt"},
    {"sort_name": "Anders"},
    {"kind": "Landkreis"},
    {"signer": "Erika Andere"},
    {"function": "Landrätin"},
    {"basis": Basis.URGENT},
    {"decision_body": "Kreistag"},
    {"decided_on": date(2027, 1, 2)},
    {"signed_on": date(2027, 1, 3)},
    {"note": "Anders."},
    {"note": ""},
]


def iter_misprinted(key: keys.Key, facts: list[dict[str, Any]]) -> Iterator[Case]:
    signed = documents.signatories(3)
    printed = documents.document(3)
    for changed in facts:
        others = (replace(signed[0], **changed), *signed[1:])
        other = documents.document(3, signatories=others)
        attached = replace(printed, log=other.log, attachments=other.attachments)
        content = seal_pdf(print_document(attached).content, key).content
        yield Case(f"{changed}", content, keys.format_pem(key.certificate))


@pytest.mark.slow
def test_two_verifiers_agree_on_changed_files(
    final: Final, seals: tuple[keys.Key, keys.Key]
) -> None:
    print_out = final(1).content
    sealed = seal_pdf(print_out, seals[0]).content
    for trusted, verdict in zip(seals, ("genuine", "cannot_tell"), strict=True):
        case = Case("", sealed, keys.format_pem(trusted.certificate))
        assert judge(case) == judge_again(case) == (verdict, "skipped")
    verdicts = compare(iter_sealed(Random(3), print_out, seals, 12, 3))
    assert verdicts["not_genuine"] > 8


@pytest.mark.slow
def test_two_verifiers_agree_on_timestamps_bundles_and_lists(
    final: Final, seals: tuple[keys.Key, keys.Key], stamped: list[Pdf]
) -> None:
    for each in stamped:
        case = Case("", each.data, trust_all(seals[0]))
        assert judge(case) == judge_again(case) == ("genuine", "skipped")
    compare(iter_stamped(Random(5), stamped, seals[0], 4, 8))
    papers = [seal_pdf(final(1).content, seals[0]).content]
    verdicts = compare(iter_bundles(Random(6), papers, seals, 20))
    assert verdicts.keys() >= {"genuine", "not_genuine", "cannot_tell"}
    assert compare(iter_misprinted(seals[0], OTHER_FACTS[:1]))["not_genuine"] == 1


@pytest.mark.soak
def test_two_verifiers_agree_on_500_changed_files(
    final: Final, seals: tuple[keys.Key, keys.Key], stamped: list[Pdf]
) -> None:
    verdicts = compare(iter_sealed(Random(4), final(46).content, seals, 110, 100))
    assert verdicts.keys() >= {"genuine", "not_genuine", "cannot_tell"}
    compare(iter_stamped(Random(7), stamped, seals[0], 68, 90))
    papers = [seal_pdf(final(count).content, seals[0]).content for count in (1, 46)]
    verdicts = compare(iter_bundles(Random(8), papers, seals, 120))
    assert verdicts.keys() >= {"genuine", "not_genuine", "cannot_tell"}
    compare(iter_misprinted(seals[0], OTHER_FACTS))
