"""Check what Signoff gives away: a released PDF, a bundle, the receipt of an answer, a certificate.

Usage: python verify_signoff.py FILE [--certificate FILE] [--log FILE] [--json] [--language de|en]

``--certificate`` names what you trust: the certificates of the association's seal and of its
timestamp authorities (PEM, from /verify), the key of its log (from /log/key), or a bundle that you
had from the association. No file can prove itself: without ``--certificate`` the best verdict
is "cannot tell". ``--log`` is /log/entries.json, or that of the trusted bundle: a receipt
that should be in the log and is not proves that the association left it out.

Exit status: 0 genuine, or superseded by a later edition; 1 not genuine, or withdrawn; 3 cannot tell
from here; 2 no such file, or a usage error.

This single file needs Python 3.11 and nothing else: no network, no part of Signoff. It is meant to
be kept for decades and to be read. ``signoff verify`` and the page /verify check receipts,
certificates and proofs with its functions. It calls no PDF genuine that they do not, and where it
can be simpler it is stricter: it reads the files that Signoff writes, and takes any other
structure for not genuine. From the bottom up:

  1 what is said                                5 updates after the seal
  2 DER, certificates, signatures               6 print, attachments and evidence
  3 signed data (CMS, RFC 5652), timestamps     7 receipts, certificates, proofs
  4 the objects of a PDF                        8 bundles, the command line

It does not check whether a certificate has been revoked, nor whether a document has been replaced
or withdrawn since: only the association's site says that, or a bundle made later.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

MAX_UNPACKED = 256 * 1024**2  # bytes; a small file can unpack to a thousand times its size
MAX_DEPTH = 100  # of nested objects


class Invalid(Exception):
    """Why something is not as Signoff writes it, for whoever reads the code."""


class TooLarge(Exception):
    """A file takes longer than the caller allows."""


def require(holds: object, reason: str) -> None:
    if not holds:
        raise Invalid(reason)


# 1 What is said, in the words of ``signoff verify``: German | English. The first lines are grounds
# of a verdict, the others results of checks.

VERDICTS = {
    "released": "genuine",
    "sealed": "genuine",
    "sealed_copy": "genuine",
    "superseded": "superseded",
    "withdrawn": "withdrawn",
    "check_failed": "not_genuine",
    "other_key": "cannot_tell",
    "other_authority": "cannot_tell",
    "signed": "genuine",
    "other_log_key": "cannot_tell",
    "bundle": "genuine",
    "unproved": "cannot_tell",
    "empty": "cannot_tell",
    "too_large": "cannot_tell",
}
EXIT_STATUS = {"genuine": 0, "superseded": 0, "withdrawn": 1, "not_genuine": 1, "cannot_tell": 3}
SENTENCES = """
released | Die Datei ist echt: Sie stimmt Zeichen für Zeichen mit der Veröffentlichung überein. | The file is genuine: it is the same, character by character, as the published one.
sealed | Die Datei ist echt und unverändert, gesiegelt von „%(holder)s“. Ob sie inzwischen ersetzt oder zurückgezogen ist, sagt nur die Seite des Verbandes. | The file is genuine and unaltered, sealed by “%(holder)s”. Only the association’s site can tell whether it has been replaced or withdrawn since.
sealed_copy | Die Datei ist echt und unverändert: %(what)s, gesiegelt von „%(holder)s“. Sie ist nicht das veröffentlichte Papier und sagt nur, was galt, als sie erstellt und gesiegelt wurde. | The file is genuine and unaltered: %(what)s, sealed by “%(holder)s”. It is not the published paper and only says what held when it was made and sealed.
receipt | eine Empfangsbestätigung | a receipt
certificate | eine Verlaufsbescheinigung | a certificate of the process
superseded | Die Datei ist echt, aber durch eine spätere Ausgabe der Liste ersetzt. | The file is genuine, but a later edition of the list has replaced it.
withdrawn | Das Dokument war veröffentlicht und wurde zurückgezogen. | The document was published and has been withdrawn.
check_failed | Die Datei ist nicht echt: %(failed)s | The file is not genuine: %(failed)s
other_key | Ob die Datei echt ist, lässt sich von hier aus nicht sagen: Ihr Siegel ist unversehrt, aber sein Schlüssel ist hier nicht bekannt. Wen das Siegel nennt (%(holder)s), können Sie nach dem Zertifikat fragen. | Whether the file is genuine cannot be told from here: its seal is intact, but its key is not known here. You can ask whom the seal names (%(holder)s) for the certificate.
other_authority | Ob die Datei echt ist, lässt sich von hier aus nicht sagen: Ihr Siegel ist unversehrt, aber die Stelle, von der ihr Zeitstempel stammt, ist hier nicht bekannt. Wen das Siegel nennt (%(holder)s), können Sie nach deren Zertifikat fragen. | Whether the file is genuine cannot be told from here: its seal is intact, but the authority of its timestamp is not known here. You can ask whom the seal names (%(holder)s) for the authority’s certificate.
readable pass | Die Datei ist ein lesbares PDF. | The file is a readable PDF.
readable fail | Die Datei lässt sich nicht prüfen: Sie ist kein lesbares PDF, ist beschädigt oder braucht dafür zu viel Speicher oder Rechenzeit. | The file cannot be checked: it is not a readable PDF, is damaged, or needs too much memory or processor time for it.
seal pass | Die Datei trägt ein Siegel, das keine Änderung zulässt, und das Siegel ist unversehrt. | The file bears a seal that allows no alteration, and the seal is intact.
seal fail | Die Datei trägt kein gültiges Siegel: Es fehlt, ist beschädigt, oder die gesiegelten Bytes wurden geändert. | The file bears no valid seal: it is missing or damaged, or the sealed bytes have been altered.
unaltered pass | Das Siegel deckt die ganze Datei; seither wurde nichts geändert. | The seal covers the whole file; nothing has been altered since.
unaltered fail | An die Datei wurde nach dem Siegeln etwas angehängt, oder sie wurde verändert. | Something was appended to the file after it was sealed, or it was altered.
holder pass | Gesiegelt hat %(holder)s; der Schlüssel ist bekannt. | Sealed by %(holder)s; the key is known.
holder fail | Das Siegel nennt „%(holder)s“; der Schlüssel ist hier nicht bekannt. | The seal names “%(holder)s”; the key is not known here.
timestamp pass | Ein Zeitstempel belegt, dass die Datei am %(stamped_at)s vorlag (%(stamped_by)s). | A timestamp proves that the file existed on %(stamped_at)s (%(stamped_by)s).
timestamp fail | Der Zeitstempel der Datei ist ungültig. | The timestamp of the file is not valid.
authority pass | Die Zeitstempelstelle ist eine, die der Verband benutzt. | The timestamp authority is one that the association uses.
authority fail | Die Datei trägt einen Zeitstempel von einer Stelle, die hier nicht bekannt ist. Er beweist deshalb nichts. | The file has a timestamp of an authority that is not known here. It therefore proves nothing.
list pass | Die gedruckte, die eingebettete und die im Nachweis festgehaltene Liste stimmen überein: %(count)s. | The printed list, the embedded list and the list recorded in the evidence agree: %(count)s.
list fail | Die gedruckte Liste, die eingebettete Liste und der Nachweis widersprechen einander. | The printed list, the embedded list and the evidence contradict one another.
text pass | Die Prüfsumme des Textes stimmt mit Druck und Nachweis überein. | The digest of the text agrees with the printed text and the evidence.
text fail | Die Prüfsumme des Textes stimmt nicht mit Druck und Nachweis überein. | The digest of the text does not agree with the printed text and the evidence.
checkpoint pass | Text, Liste und Bedingungen sind die, auf die sich der Verband in seinem Prüfverzeichnis festgelegt hat, und der Prüfpunkt ist so gedruckt. | Text, list and terms are those to which the association has committed in its public log, and the checkpoint is printed as it is there.
checkpoint fail | Text, Liste oder Bedingungen sind nicht die, auf die sich der Verband in seinem Prüfverzeichnis festgelegt hat, oder der Prüfpunkt ist anders gedruckt. | Text, list or terms are not those to which the association has committed in its public log, or the checkpoint is printed differently.
earlier pass | Die Prüfsummen der früheren Veröffentlichungen stimmen mit dem Nachweis überein. | The digests of the earlier publications agree with the evidence.
earlier fail | Die Prüfsummen der früheren Veröffentlichungen stimmen nicht mit dem Nachweis überein. | The digests of the earlier publications do not agree with the evidence.
timestamp skipped | Die Datei trägt keinen Zeitstempel; wann gesiegelt wurde (%(sealed_at)s), sagt nur die Uhr des Verbandes. | The file bears no timestamp; only the association’s clock says when it was sealed (%(sealed_at)s).
skipped | Das wurde nicht geprüft. | This was not checked.
signed | Die Datei ist echt: Der Verband hat sie signiert. | The file is genuine: the association has signed it.
other_log_key | Ob die Datei echt ist, lässt sich von hier aus nicht sagen: Ihre Signatur ist unversehrt, aber der Schlüssel ist hier nicht bekannt. | Whether the file is genuine cannot be told from here: its signature is intact, but the key is not known here.
bundle | Das Paket ist echt: Seine PDF-Dateien sind gesiegelt von „%(holder)s“, und zu ihnen passen die Listen, das Prüfverzeichnis und das Programm. Die Anleitungen und die Zeiten der Veröffentlichung sind nicht gesiegelt. Ob eine Ausgabe fehlt, ersetzt oder zurückgezogen ist, sagt nur die Seite des Verbandes. | The bundle is genuine: its PDF files are sealed by “%(holder)s”, and the lists, the public log and the program fit them. The instructions and the times of publication are not sealed. Only the association’s site can tell whether an edition is missing, has been replaced or withdrawn.
unproved | Ob das Paket echt ist, lässt sich von hier aus nicht sagen: Es enthält ein Zertifikat, einen Schlüssel oder einen Vermerk, der hier nicht bekannt ist. | Whether the bundle is genuine cannot be told from here: it contains a certificate, a key or a record that is not known here.
empty | Ob das Paket echt ist, lässt sich von hier aus nicht sagen: Es enthält keine gesiegelte Datei. | Whether the bundle is genuine cannot be told from here: it contains no sealed file.
too_large | Ob die Datei echt ist, wird hier nicht geprüft: Die Prüfung wäre zu aufwendig. Das Programm verify_signoff.py prüft auch solche Dateien. | Whether the file is genuine is not checked here: the check would be too costly. The program verify_signoff.py checks such files too.
form pass | Die Datei hat die Form eines Nachweises. | The file has the form of a receipt or certificate.
form fail | Die Datei hat nicht die Form eines Nachweises. | The file does not have the form of a receipt or certificate.
signature pass | Die Signatur passt zu dem, was die Datei bestätigt. | The signature fits what the file confirms.
signature fail | Die Signatur der Datei passt nicht zu dem, was die Datei bestätigt. | The signature of the file does not fit what the file confirms.
details pass | Die Rückmeldung in der Datei ist die, die bestätigt wurde. | The answer in the file is the one that was confirmed.
details fail | Die Rückmeldung in der Datei ist eine andere als die bestätigte. | The answer in the file is not the one that was confirmed.
details skipped | Die Einzelheiten der Rückmeldung sind gelöscht; ihre Prüfsumme ist noch da. | The details of the answer have been erased; their checksum is still there.
proof pass | Was die Datei bestätigt, steht im Prüfverzeichnis des Verbandes. | What the file confirms is in the association’s public log.
proof fail | Der Nachweis der Datei führt nicht zum Prüfpunkt des Prüfverzeichnisses. | The proof of the file does not lead to the checkpoint of the public log.
proof skipped | Einen Nachweis aus dem Prüfverzeichnis enthält die Datei nicht. Nach der Schließung gibt es einen. | The file contains no proof from the public log. After the closing there is one.
key pass | Der Schlüssel ist der des Verbandes. | The key is that of the association.
key skipped | Mit dem Schlüssel des Verbandes wurde die Datei nicht verglichen. | The file was not compared with the association’s key.
log pass | Die Bestätigung steht unter den Einträgen des Prüfverzeichnisses. | The receipt is among the entries of the public log.
log fail | Der Verband hat diese Rückmeldung bestätigt und sie in seinem Prüfverzeichnis ausgelassen. Diese Datei beweist das. | The association has confirmed this answer and left it out of its public log. This file proves it.
log skipped | Mit den Einträgen des Prüfverzeichnisses wurde die Datei nicht verglichen. | The file was not compared with the entries of the public log.
log early | Im Prüfverzeichnis steht zu diesem Verfahren noch nichts, was nach dieser Bestätigung kam. | The public log has nothing about this round yet that came after this receipt.
manifest pass | Das Paket enthält genau die Dateien, die sein Verzeichnis nennt. | The bundle contains exactly the files that its manifest names.
manifest fail | Das Paket ist beschädigt: Es enthält nicht die Dateien, die sein Verzeichnis nennt. | The bundle is damaged: it does not contain the files that its manifest names.
releases pass | Kein Siegel einer veröffentlichten Datei ist verletzt. | No seal of a released file is broken.
releases fail | Eine veröffentlichte Datei des Pakets ist nicht echt. | A released file of the bundle is not genuine.
files pass | Die Dateien neben den PDF-Dateien passen zu dem, was darin gesiegelt ist. | The files beside the PDF files fit what is sealed inside them.
files fail | Das Paket enthält eine Datei, die nicht zu dem passt, was in den PDF-Dateien gesiegelt ist. | The bundle contains a file that does not fit what is sealed inside the PDF files.
"""  # noqa: E501
CHECKS = {  # in their order, by kind of file
    "pdf": ["readable", "seal", "unaltered", "holder", "timestamp", "authority", "list", "text"]
    + ["checkpoint", "earlier"],
    "receipt": ["form", "signature", "details", "proof", "key", "log"],
    "bundle": ["readable", "manifest", "releases", "files"],
}
COPY_KIND = "Root/SignoffKind"
COPIES = ("receipt", "certificate")  # that are sealed; they have no list and no evidence
# What may be skipped.
OPTIONAL = {"timestamp", "authority", "earlier", "details", "proof", "key", "log", "releases"}


class Report:
    """The result of each check (``None``: not made), and what was found on the way."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.checks: dict[str, bool | None] = dict.fromkeys(CHECKS[kind])
        self.facts: dict[str, Any] = {}
        self.ground = ""  # if a record or a bundle decides
        self.statement: dict[str, Any] = {}  # of a receipt or a certificate, if it is genuine
        self.is_early = False  # whether the log cannot have the receipt yet

    @property
    def is_copy(self) -> bool:
        """Whether it is on a sealed receipt or certificate."""
        return self.kind == "pdf" and self.facts.get("kind") in COPIES

    @property
    def missing(self) -> bool:
        """Whether a receipt is missing in the log, which it should be in."""
        return self.checks.get("log") is False

    @property
    def verdict(self) -> str:
        return VERDICTS[self.find_ground()]

    def find_ground(self) -> str:
        """Why the verdict is given, by the checks alone where nothing else decides."""
        if self.ground:
            return self.ground
        failed = [
            name
            for name, passed in self.checks.items()
            if passed is False or (passed is None and name not in OPTIONAL and not self.is_copy)
        ]
        if self.kind == "receipt":  # one that is missing in the log is genuine
            known = "signed" if self.checks["key"] else "other_log_key"
            return known if set(failed) <= {"log"} else "check_failed"
        if not self.checks.get("unaltered", True):
            return "check_failed"
        if "holder" in failed:
            return "other_key"  # under a key that is not known nothing else can be told
        if failed:
            return "other_authority" if failed == ["authority"] else "check_failed"
        if self.is_copy:
            return "sealed_copy"
        return {"pdf": "sealed", "bundle": "bundle"}[self.kind]

    def describe(self, language: str) -> dict[str, Any]:
        """The verdict with its reasons, as ``signoff verify --json`` gives it."""
        words = load_sentences(language)
        facts = {"holder": "", "count": "", "stamped_at": "", "stamped_by": ""}
        facts |= {"sealed_at": "", **self.facts}
        facts["what"] = words[self.facts["kind"]] if self.is_copy else ""
        checks = []
        for name, passed in self.checks.items():
            result = {True: "pass", False: "fail", None: "skipped"}[passed]
            says = words.get(f"{name} {result}") if passed is not None or self.facts else None
            if name == "log" and self.is_early:
                says = words["log early"]
            says = (says or words["skipped"]) % facts
            checks.append({"name": name, "result": result, "says": says})
        failed = next((check["says"] for check in checks if check["result"] == "fail"), "")
        ground = self.find_ground()
        missing = [check["says"] for check in checks if check["name"] == "log" and self.missing]
        return {
            "verdict": self.verdict,
            "reasons": [words[ground] % {**facts, "failed": failed}, *missing],
            "checks": checks,
            "release": self.facts.get("release"),
            **({"releases": self.facts.get("releases", [])} if self.kind == "bundle" else {}),
            "seal": {
                name: value for name, value in self.facts.items() if not name.startswith("release")
            },
            **({"statement": self.statement or None} if self.kind == "receipt" else {}),
        }


def load_sentences(language: str) -> dict[str, str]:
    rows = (line.split(" | ") for line in SENTENCES.strip().splitlines())
    return {key: english if language == "en" else german for key, german, english in rows}


# 2 DER (X.690), certificates (RFC 5280) and signatures.


class Der(NamedTuple):
    """One value: its tag, its content, and both together as they stand in the file."""

    tag: int
    body: bytes
    raw: bytes

    @property
    def parts(self) -> list["Der"]:
        """The values inside a constructed value."""
        require(self.tag & 0x20, "a constructed value is expected")
        found, at = [], 0
        while at < len(self.body):
            found.append(read_der(self.body, at))
            at += len(found[-1].raw)
        return found

    @property
    def number(self) -> int:
        require(self.tag == 0x02, "an integer is expected")
        value = int.from_bytes(self.body, "big", signed=True)
        bits = (value if value >= 0 else ~value).bit_length()
        require(len(self.body) == bits // 8 + 1, "not the shortest form")
        return value

    @property
    def oid(self) -> str:
        require(self.tag == 0x06 and self.body and self.body[-1] < 128, "no object identifier")
        arcs, value = [], 0
        for byte in self.body:
            require(value or byte != 128, "not the shortest form")
            value = value << 7 | byte & 127
            if byte < 128:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))

    @property
    def bits(self) -> bytes:
        require(self.tag == 0x03 and self.body[0] == 0, "a string of whole bytes is expected")
        return self.body[1:]

    @property
    def moment(self) -> datetime:
        """UTCTime or GeneralizedTime, in UTC without fractions of a second."""
        text = self.body.decode("ascii")
        if self.tag == 0x17:
            text = ("19" if text >= "50" else "20") + text
        require(self.tag in (0x17, 0x18), "a time is expected")
        return datetime.strptime(re.sub(r"\.\d+", "", text), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def read_der(data: bytes, at: int = 0) -> Der:
    """The value at ``at``: definite length in its shortest form, low tag numbers."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length > 127:
        start += length - 128
        size = data[at + 2 : start]
        length = int.from_bytes(size, "big")
        require(1 <= len(size) <= 4 and size[0] and length > 127, "no DER length")
    require(tag & 31 != 31 and start + length <= len(data), "no DER value")
    return Der(tag, data[start : start + length], data[at : start + length])


def parse_der(data: bytes) -> Der:
    value = read_der(data)
    require(len(value.raw) == len(data), "something follows the value")
    return value


def take(parts: list[Der], tag: int) -> Der | None:
    """Remove the first of ``parts`` if it has this tag: an optional value."""
    return parts.pop(0) if parts and parts[0].tag == tag else None


SHA = {
    f"2.16.840.1.101.3.4.2.{n}": name for n, name in ((1, "sha256"), (2, "sha384"), (3, "sha512"))
}
NULL = b"\5\0"
RSA, RSA_PSS, MGF1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
RSA_SHA = {
    f"1.2.840.113549.1.1.{n}": name for n, name in ((11, "sha256"), (12, "sha384"), (13, "sha512"))
}
ECDSA_SHA = {
    f"1.2.840.10045.4.3.{n}": name for n, name in ((2, "sha256"), (3, "sha384"), (4, "sha512"))
}
EC_KEY, ED25519 = "1.2.840.10045.2.1", "1.3.101.112"
COMMON_NAME, ORGANIZATION, EXTENDED_KEY_USAGE = "2.5.4.3", "2.5.4.10", "2.5.29.37"
TIME_STAMPING = parse_der(bytes.fromhex("06082b06010505070308")).oid


class Certificate:
    """An X.509 certificate; ``fingerprint`` is the SHA-256 of its public key."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        self.tbs, self.algorithm, signature = parse_der(der).parts
        self.signature = signature.bits
        parts = self.tbs.parts
        take(parts, 0xA0)  # the version
        self.serial, self.inner_algorithm, self.issuer, validity, self.subject, self.key = parts[:6]
        self.valid_from, self.valid_until = (item.moment for item in validity.parts)
        self.fingerprint = sha256(self.key.raw).hexdigest()
        self.extensions = {}
        for extension in (
            item for part in parts[6:] if part.tag == 0xA3 for item in part.parts[0].parts
        ):
            oid, *_critical, value = extension.parts
            self.extensions[oid.oid] = parse_der(value.body)

    @property
    def stamps_time(self) -> bool:
        usage = self.extensions.get(EXTENDED_KEY_USAGE)
        return usage is not None and TIME_STAMPING in [item.oid for item in usage.parts]

    def is_issued_by(self, other: "Certificate") -> bool:
        return self.issuer.raw == other.subject.raw and verify_signature(
            other.key, self.algorithm, self.tbs.raw, self.signature
        )


def get_display_name(name: Der) -> str:
    """The common name, else the organisation."""
    values: dict[str, str] = {}
    for item in (item for group in name.parts for item in group.parts):
        oid, value = item.parts
        encoding = "utf-16-be" if value.tag == 0x1E else "utf-8"
        values.setdefault(oid.oid, value.body.decode(encoding, "replace"))
    return values.get(COMMON_NAME) or values.get(ORGANIZATION) or ""


def verify_signature(key: Der, algorithm: Der, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``message`` is by the public key (SubjectPublicKeyInfo)."""
    kind, public = key.parts
    (oid, *parameters), (key_oid, *key_parameters) = algorithm.parts, kind.parts
    if oid.oid in RSA_SHA and key_oid.oid == RSA:
        require([item.raw for item in parameters] == [NULL], "RSA has null for parameters")
        return verify_rsa(public.bits, RSA_SHA[oid.oid], message, signature)
    if oid.oid == RSA_PSS and key_oid.oid in (RSA, RSA_PSS):
        (choices,) = parameters
        return verify_rsa_pss(public.bits, choices, message, signature)
    if oid.oid in ECDSA_SHA and key_oid.oid == EC_KEY:
        require([item.raw for item in parameters] in ([], [NULL]), "parameters")
        return verify_ecdsa(
            public.bits, key_parameters[0].oid, ECDSA_SHA[oid.oid], message, signature
        )
    require(oid.oid == key_oid.oid == ED25519 and not parameters, "an unknown kind of signature")
    return verify_ed25519(public.bits, message, signature)


def read_hash(algorithm: Der) -> str:
    """The name of a hash, which has no parameters but null."""
    oid, *parameters = algorithm.parts
    require([item.raw for item in parameters] in ([], [NULL]), "parameters")
    return SHA[oid.oid]


def apply_rsa(public: bytes, signature: bytes) -> tuple[bytes, int]:
    """The signature raised to the public exponent, and the number of bits of the modulus."""
    modulus, exponent = (item.number for item in parse_der(public).parts)
    size = (modulus.bit_length() + 7) // 8
    value = int.from_bytes(signature, "big")
    require(modulus.bit_length() >= 2048 and exponent >= 3 and exponent % 2, "a weak key")
    require(len(signature) == size and value < modulus, "not the length of the key")
    return pow(value, exponent, modulus).to_bytes(size, "big"), modulus.bit_length()


def verify_rsa(public: bytes, name: str, message: bytes, signature: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2)."""
    found, _bits = apply_rsa(public, signature)
    last = {"sha256": 1, "sha384": 2, "sha512": 3}[name]
    digest = hashlib.new(name, message).digest()
    info = bytes.fromhex(
        f"30{17 + len(digest):02x}300d06096086480165030402{last:02x}050004{len(digest):02x}"
    )
    return (
        found == b"\0\1" + b"\xff" * (len(found) - 3 - len(info + digest)) + b"\0" + info + digest
    )


def verify_rsa_pss(public: bytes, parameters: Der, message: bytes, signature: bytes) -> bool:
    """RSASSA-PSS (RFC 8017, 8.1.2), with one hash for message and mask."""
    require([item.tag for item in parameters.parts] == [0xA0, 0xA1, 0xA2], "other parameters")
    (hashing,), (masking,), (salting,) = (item.parts for item in parameters.parts)
    name, salt_length, (mask_oid, mask_hash) = read_hash(hashing), salting.number, masking.parts
    require(mask_oid.oid == MGF1 and read_hash(mask_hash) == name, "an unknown mask")
    found, bits = apply_rsa(public, signature)
    digest = hashlib.new(name, message).digest()
    size, spare = (bits + 6) // 8, 8 * ((bits + 6) // 8) - (bits - 1)
    found, extra = found[-size:], found[:-size]
    masked, given, end = found[: -len(digest) - 1], found[-len(digest) - 1 : -1], found[-1:]
    mask = b"".join(
        hashlib.new(name, given + count.to_bytes(4, "big")).digest()
        for count in range(-(-len(masked) // len(digest)))
    )
    block = bytes(a ^ b for a, b in zip(masked, mask, strict=False))
    block = bytes([block[0] & 0xFF >> spare]) + block[1:]
    padding, salt = block[: len(block) - salt_length], block[len(block) - salt_length :]
    expected = hashlib.new(name, bytes(8) + digest + salt).digest()
    return (
        (extra.strip(b"\0"), end, masked[0] >> 8 - spare if spare else 0) == (b"", b"\xbc", 0)
        and salt_length >= 0
        and padding == bytes(len(padding) - 1) + b"\1"
        and given == expected
    )


class Curve(NamedTuple):
    """y² = x³ - 3x + b modulo p, with the base point (x, y) of order n (SP 800-186)."""

    p: int
    b: int
    x: int
    y: int
    n: int


Point = tuple[int, int] | None  # ``None`` is the point at infinity
CURVES = {
    oid: Curve(*(int("".join(number.split()), 16) for number in numbers.split(",")))
    for oid, numbers in {
        "1.2.840.10045.3.1.7": """
            FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
            5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
            6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
            4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
            FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551""",
        "1.3.132.0.34": """
            FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
            B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
            AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
            3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
            FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973""",
    }.items()
}


def verify_ecdsa(
    public: bytes, curve_oid: str, name: str, message: bytes, signature: bytes
) -> bool:
    """ECDSA on P-256 or P-384 (FIPS 186-5, 6.4.2)."""
    curve = CURVES[curve_oid]
    size = (curve.p.bit_length() + 7) // 8
    x, y = (int.from_bytes(public[at : at + size], "big") for at in (1, 1 + size))
    on_curve = (x**3 - 3 * x + curve.b - y * y) % curve.p == 0 and max(x, y) < curve.p
    require(
        public[:1] == b"\4" and len(public) == 1 + 2 * size and on_curve, "no point of the curve"
    )
    r, s = (item.number for item in parse_der(signature).parts)
    if not (0 < r < curve.n and 0 < s < curve.n):
        return False
    digest = hashlib.new(name, message).digest()
    e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - curve.n.bit_length())
    w = pow(s, -1, curve.n)
    first, second = multiply(curve, e * w, (curve.x, curve.y)), multiply(curve, r * w, (x, y))
    point = add(curve, first, second)
    return point is not None and point[0] % curve.n == r


def add(curve: Curve, left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % curve.p == 0:
            return None
        slope = 3 * (x1 * x1 - 1) * pow(2 * y1, -1, curve.p)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, curve.p)
    x = (slope * slope - x1 - x2) % curve.p
    return x, (slope * (x1 - x) - y1) % curve.p


def multiply(curve: Curve, factor: int, point: Point) -> Point:
    result: Point = None
    for bit in f"{factor % curve.n:b}":
        result = add(curve, result, result)
        if bit == "1":
            result = add(curve, result, point)
    return result


ED_P, ED_N = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
ED_D, ED_I = -121665 * pow(121666, -1, ED_P) % ED_P, pow(2, (ED_P - 1) // 4, ED_P)
EdPoint = tuple[int, int, int, int]  # x * z, y * z, z, x * y * z (RFC 8032, 5.1.4)


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 (RFC 8032, 5.1.7), without multiplication by the cofactor."""
    require(len(public) == 32 and len(signature) == 64, "not the length of Ed25519")
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ED_N
    base = decode_ed(bytes([0x58] + [0x66] * 31))
    x1, y1, z1, _t1 = multiply_ed(s, base)
    x2, y2, z2, _t2 = add_ed(decode_ed(signature[:32]), multiply_ed(k, decode_ed(public)))
    return s < ED_N and (x1 * z2 - x2 * z1) % ED_P == (y1 * z2 - y2 * z1) % ED_P == 0


def decode_ed(data: bytes) -> EdPoint:
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(ED_D * y * y + 1, -1, ED_P) % ED_P
    x = pow(square, (ED_P + 3) // 8, ED_P)
    if x * x % ED_P != square:
        x = x * ED_I % ED_P
    require(y < ED_P and x * x % ED_P == square and (x or not sign), "no point of the curve")
    x = x if x & 1 == sign else ED_P - x
    return x, y, 1, x * y % ED_P


def add_ed(left: EdPoint, right: EdPoint) -> EdPoint:
    a = (left[1] - left[0]) * (right[1] - right[0]) % ED_P
    b = (left[1] + left[0]) * (right[1] + right[0]) % ED_P
    c, d = 2 * left[3] * right[3] * ED_D % ED_P, 2 * left[2] * right[2] % ED_P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % ED_P, g * h % ED_P, f * g % ED_P, e * h % ED_P


def multiply_ed(factor: int, point: EdPoint) -> EdPoint:
    result = (0, 1, 1, 0)
    for bit in f"{factor:b}":
        result = add_ed(result, result)
        if bit == "1":
            result = add_ed(result, point)
    return result


# 3 Signed data (CMS, RFC 5652) and timestamps (RFC 3161).

SIGNED_DATA, DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
TIMESTAMP_INFO, TIMESTAMP_TOKEN = "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.9.16.2.14"


class SignedData:
    """A signature with one signer; what is not signed has exactly one possible form."""

    def __init__(self, content: bytes) -> None:
        outer = parse_der(content)
        kind, wrapped = outer.parts
        (data,) = wrapped.parts
        version, hashes, self.encapsulated, *rest = data.parts
        chain, signers = take(rest, 0xA0), rest.pop(0)
        require((kind.oid, wrapped.tag, rest) == (SIGNED_DATA, 0xA0, []), "no signed data")
        (signer,) = signers.parts
        signer_version, signer_id, digest, *rest = signer.parts
        attributes, (self.algorithm, signature, *rest) = rest[0], rest[1:]
        require(attributes.tag == 0xA0 and signature.tag == 0x04, "no signed attributes")
        sequences, sets = (outer, data, signer, signer_id, self.algorithm), (hashes, signers)
        tags = {item.tag for item in sequences}, {item.tag for item in sets}
        require(tags == ({0x30}, {0x31}), "neither a sequence nor a set")
        versions = 1 if self.content_type == DATA else 3, 1  # RFC 5652, 5.1
        require((version.number, signer_version.number) == versions, "another version")
        require([digest.raw] == [item.raw for item in hashes.parts], "another digest")
        self.digest_name = read_hash(digest)
        self.signature = signature.body
        # They are signed as a set (RFC 5652, 5.4).
        self.signed_bytes = b"\x31" + attributes.raw[1:]
        self.attributes = read_attributes(attributes)
        unsigned = take(rest, 0xA1)
        require(not rest and (unsigned is None or unsigned.body), "something else is there")
        self.unsigned = read_attributes(unsigned) if unsigned else {}
        certificates = [Certificate(item.raw) for item in chain.parts] if chain else []
        self.certificates = tuple(certificates)
        issuer, serial = signer_id.parts
        (self.signer,) = (
            item
            for item in certificates
            if (item.issuer.raw, item.serial.raw) == (issuer.raw, serial.raw)
        )
        # Nothing else is hidden there.
        require(len(select_chain(self.signer, certificates)) == len(certificates), "no issuer")

    @property
    def content_type(self) -> str:
        return self.encapsulated.parts[0].oid

    def is_valid(self, digest: bytes) -> bool:
        """Whether the signer has signed what has this digest."""
        return (
            self.attributes[CONTENT_TYPE].oid == self.content_type
            and self.attributes[MESSAGE_DIGEST].body == digest
            and self.names_signer
            and self.fits_digest
            and verify_signature(self.signer.key, self.algorithm, self.signed_bytes, self.signature)
        )

    @property
    def names_signer(self) -> bool:
        """Whether the signed attributes name the certificate of the signer (RFC 5035)."""
        name = "sha1"  # of the old form: it only names the certificate whose key has signed
        named = self.attributes.get(SIGNING_CERTIFICATE)
        if SIGNING_CERTIFICATE_V2 in self.attributes:
            named, name = self.attributes[SIGNING_CERTIFICATE_V2], "sha256"
        require(named is not None, "the certificate is not named")
        fields = named.parts[0].parts[0].parts if named else []
        if algorithm := take(fields, 0x30):
            name = SHA[algorithm.parts[0].oid]
        return fields[0].body == hashlib.new(name, self.signer.der).digest()

    @property
    def fits_digest(self) -> bool:
        """Whether the algorithm of the signature has the digest that is used for the content."""
        oid = self.algorithm.parts[0].oid
        if oid == RSA:  # the digest is named beside it
            require([item.raw for item in self.algorithm.parts[1:]] in ([], [NULL]), "parameters")
            sha = next(key for key, name in RSA_SHA.items() if name == self.digest_name)
            self.algorithm = encode_algorithm(sha)
            return True
        name = RSA_SHA.get(oid) or ECDSA_SHA.get(oid)
        return name in (None, self.digest_name) and (oid != ED25519 or self.digest_name == "sha512")


def encode_algorithm(oid: str) -> Der:
    """The algorithm ``sha…WithRSAEncryption`` with its parameters."""
    return parse_der(
        bytes.fromhex("300d06092a864886f70d0101") + bytes([int(oid.split(".")[-1]), 5, 0])
    )


def read_attributes(attributes: Der) -> dict[str, Der]:
    """Each attribute with its one value; none occurs twice."""
    found: dict[str, Der] = {}
    for attribute in attributes.parts:
        oid, values = attribute.parts
        (value,) = values.parts
        require(oid.oid not in found, "an attribute occurs twice")
        found[oid.oid] = value
    return found


def select_chain(signer: Certificate, certificates: Sequence[Certificate]) -> list[Certificate]:
    """The signer and its issuers among the certificates, each once."""
    chain = [signer]
    while issuer := next(
        (
            item
            for item in certificates
            if item.der not in [known.der for known in chain] and chain[-1].is_issued_by(item)
        ),
        None,
    ):
        chain.append(issuer)
    return chain


class Timestamp:
    """A token: when its authority has seen the digest of what it was asked about."""

    def __init__(self, token: bytes) -> None:
        self.signed = SignedData(token)
        require(not self.signed.unsigned, "an attribute that nobody has signed")
        kind, wrapped = self.signed.encapsulated.parts
        (content,) = wrapped.parts
        tags = (wrapped.tag, content.tag)
        require((kind.oid, *tags) == (TIMESTAMP_INFO, 0xA0, 0x04), "no timestamp")
        self.info = content.body
        _version, _policy, imprint, _serial, at, *_rest = parse_der(self.info).parts
        algorithm, self.imprint = imprint.parts
        self.imprint_name = SHA[algorithm.parts[0].oid]
        self.at = at.moment

    def is_valid(self, content: bytes) -> bool:
        digest = hashlib.new(self.signed.digest_name, self.info).digest()
        imprint = hashlib.new(self.imprint_name, content).digest()
        return self.signed.is_valid(digest) and self.imprint.body == imprint

    def is_known(self, authorities: list[Certificate]) -> bool:
        """Whether the authority is one of these, and its certificate was valid at the moment."""
        return self.signed.signer.stamps_time and any(
            item.fingerprint == self.signed.signer.fingerprint
            and item.valid_from <= self.at <= item.valid_until
            for item in authorities
        )


# 4 The objects of a PDF (ISO 32000-2, 7), as far as Signoff writes them: cross-reference streams,
# object streams, Flate.


class Name(str):
    __slots__ = ()


class Ref(NamedTuple):
    number: int
    generation: int


class Stream(NamedTuple):
    head: dict[str, Any]
    raw: bytes


SPACE = rb"[\0\t\n\f\r ]*"  # no comment: it could say anything
TOKEN = re.compile(
    SPACE + rb"(<<|>>|[\[\]]|/[^\0\t\n\f\r ()<>\[\]{}/%]*|\(|<[0-9A-Fa-f\0\t\n\f\r ]*>"
    # A number has no digits that count for nothing.
    rb"|[+-]?(?:\d{1,10}(?:\.\d{0,6})?|\.\d{1,6})(?![\d.])|true\b|false\b|null\b)"
)
REFERENCE = re.compile(SPACE + rb"(\d{1,10})" + SPACE + rb"0" + SPACE + rb"R\b")
OBJECT_HEAD = re.compile(rb"(\d{1,10}) (\d{1,5}) obj\b")
STREAM_HEAD = re.compile(SPACE + rb"stream\r?\n")
STREAM_END = re.compile(rb"\r?\n?endstream" + SPACE + rb"endobj\b")
OBJECT_END = re.compile(SPACE + rb"endobj\b")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
STRING_PART = re.compile(rb"([^()\\]+)|\\([0-7]{1,3}|\r\n|[\s\S])|([()])")


class Parser:
    """Reads values from ``data``, beginning at ``at``."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def read(self, depth: int = 0) -> Any:
        require(depth < MAX_DEPTH, "too deep")
        if match := REFERENCE.match(self.data, self.at):
            self.at = match.end()
            return Ref(int(match[1]), 0)
        token = self.read_token()
        if token == b"<<":
            return self.read_dictionary(depth)
        if token == b"[":
            items = []
            while not self.skip(b"]"):
                items.append(self.read(depth + 1))
            return items
        if token == b"(":
            return self.read_string()
        if token[:1] == b"/":
            return Name(re.sub(rb"#([0-9A-Fa-f]{2})", decode_hex, token[1:]).decode("latin-1"))
        if token[:1] == b"<":
            digits = b"".join(token[1:-1].replace(b"\0", b"").split())
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        if token in (b"true", b"false", b"null"):
            return {b"true": True, b"false": False}.get(token)
        require(token not in (b">>", b"]"), "an end without a beginning")
        return float(token) if b"." in token else int(token)

    def read_token(self) -> bytes:
        match = TOKEN.match(self.data, self.at)
        require(match, "no value")
        self.at = match.end() if match else 0
        return match[1] if match else b""

    def skip(self, token: bytes) -> bool:
        match = TOKEN.match(self.data, self.at)
        if match and match[1] == token:
            self.at = match.end()
            return True
        return False

    def read_dictionary(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.skip(b">>"):
            name = self.read(depth + 1)
            require(isinstance(name, Name) and name not in found, "no name, or one that is there")
            found[name] = self.read(depth + 1)
        return found

    def read_string(self) -> bytes:
        parts, depth = [], 1
        while depth:
            match = STRING_PART.match(self.data, self.at)
            require(match, "a string does not end")
            if match is None:
                break
            self.at, (text, escape, bracket) = match.end(), match.groups()
            if bracket:
                depth += 1 if bracket == b"(" else -1
                parts.append(bracket if depth else b"")
            elif escape and escape[:1].isdigit():
                parts.append(bytes([int(escape, 8) & 255]))
            else:
                line_end = escape in (b"\n", b"\r", b"\r\n")
                parts.append(text or (b"" if line_end else ESCAPES.get(escape, escape)))
        return b"".join(parts)


def decode_hex(match: "re.Match[bytes]") -> bytes:
    return bytes.fromhex(match[1].decode())


class Section(NamedTuple):
    """One cross-reference stream: where its objects are, and what it says about the file."""

    at: int
    number: int  # of the stream itself
    entries: dict[int, tuple[int, int, int]]
    trailer: dict[str, Any]
    end: int


class Pdf:
    """A file, or the part of it that was there after a revision; the newest section comes first."""

    def __init__(self, data: bytes) -> None:
        self.data, self.room = data, MAX_UNPACKED
        self.cache: dict[int, Any] = {}
        self.packed: dict[int, list[tuple[int, Any]]] = {}
        end = re.search(rb"\nstartxref\n(\d{1,10})\n%%EOF\n?\Z", data)
        require(data[:5] == b"%PDF-" and end, "no PDF, or its end is missing")
        at: Any = int(end[1]) if end else 0
        self.sections: list[Section] = []
        while at is not None:
            require(len(self.sections) < 50, "too many revisions")
            require(not self.sections or at < self.sections[-1].at, "revisions in no order")
            self.sections.append(self.read_section(at))
            at = self.sections[-1].trailer.get("Prev")
        hidden = data[self.sections[0].end : end.start()] if end else b""
        require(not hidden.strip(b"\r\n"), "something is before the end")
        self.trailer = self.sections[0].trailer
        require("Encrypt" not in self.trailer, "encrypted")
        self.entries: dict[int, tuple[int, int, int]] = {}
        for section in self.sections:
            self.entries = section.entries | self.entries

    def read_section(self, at: int) -> Section:
        number, value, end = self.read_object(at)
        require(isinstance(value, Stream) and value.head.get("Type") == "XRef", "no such stream")
        head, rows = value.head, self.unpack(value)
        require("XRefStm" not in head, "a hybrid file")
        widths, index = head["W"], head.get("Index", [0, head["Size"]])
        size, entries, start = sum(widths), {}, 0
        require(len(widths) == 3 and min(widths) >= 0 and size, "no table")
        for first, count in zip(index[::2], index[1::2], strict=True):
            require(count > 0, "a part of the table without rows")
            for key in range(first, first + count):
                row, fields = rows[start : start + size], []
                require(len(row) == size and key not in entries, "a table of another length")
                for width in widths:
                    fields.append(int.from_bytes(row[:width], "big"))
                    row = row[width:]
                entries[key] = (fields[0] if widths[0] else 1, fields[1], fields[2])
                start += size
        require(start == len(rows), "a table of another length")
        return Section(at, number, entries, head, end)

    def read_object(self, at: int) -> tuple[int, Any, int]:
        """Number, value and end of the object at ``at``."""
        head = OBJECT_HEAD.match(self.data, at)
        require(head and head[2] == b"0", "no object is there")
        number = int(head[1]) if head else 0
        parser = Parser(self.data, head.end() if head else 0)
        value = parser.read()
        if isinstance(value, dict) and (start := STREAM_HEAD.match(self.data, parser.at)):
            length = self.resolve(value["Length"])
            raw = self.data[start.end() : start.end() + length]
            value, parser.at = Stream(value, raw), start.end() + length
            require(isinstance(length, int) and length >= 0, "no length")
        pattern = STREAM_END if isinstance(value, Stream) else OBJECT_END
        end = pattern.match(self.data, parser.at)
        require(end, "an object does not end")
        return number, value, end.end() if end else 0

    def resolve(self, value: Any) -> Any:
        """What a reference leads to; any other value itself."""
        return self.get(value.number) if isinstance(value, Ref) else value

    def get(self, number: int) -> Any:
        if number not in self.cache:
            self.cache[number] = None  # an object that leads to itself is nothing
            self.cache[number] = self.load(number)
        return self.cache[number]

    def load(self, number: int) -> Any:
        kind, where, index = self.entries.get(number, (0, 0, 0))
        if kind == 1:
            found, value, _end = self.read_object(where)
            require(found == number and index == 0, "another object is there")
            return value
        if kind == 2:
            if where not in self.packed:
                self.packed[where] = self.read_packed(self.get(where))
            found, value = self.packed[where][index]
            require(found == number, "another object is there")
            return value
        return None

    def read_packed(self, stream: Stream) -> list[tuple[int, Any]]:
        """The objects of an object stream."""
        require(stream.head.get("Type") == "ObjStm", "no object stream")
        data, first = self.unpack(stream), stream.head["First"]
        numbers = [int(number) for number in data[:first].split()]
        require(len(numbers) == 2 * stream.head["N"], "another number of objects")
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return [(number, Parser(data, first + at).read()) for number, at in pairs]

    def unpack(self, stream: Stream) -> bytes:
        """The content of a stream, by Flate alone, with rows of a table that name differences."""
        names, settings = (
            self.resolve(stream.head.get(name)) for name in ("Filter", "DecodeParms")
        )
        if names is None:
            return stream.raw
        require(names in ("FlateDecode", ["FlateDecode"]), "another filter")
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(stream.raw, max(self.room, 1))
        self.room -= len(data)
        require(unpacker.eof and not unpacker.unused_data, "damaged")
        require(self.room > 0, "too large when unpacked")
        settings = settings[0] if isinstance(settings, list) else settings
        if not settings or settings.get("Predictor", 1) == 1:
            return data
        require(settings["Predictor"] >= 10, "another predictor")
        width, rows = settings["Columns"], []
        require(type(width) is int and 0 < width <= len(data), "no width of a row")
        last = bytes(width)
        for at in range(0, len(data), width + 1):
            kind, row = data[at], data[at + 1 : at + 1 + width]
            require(kind in (0, 2) and len(row) == width, "another predictor")
            last = bytes((a + b) & 255 for a, b in zip(row, last, strict=True)) if kind else row
            rows.append(last)
        return b"".join(rows)

    def __getitem__(self, path: str) -> Any:
        """The value at ``Root/Names/EmbeddedFiles``; ``None`` if there is none."""
        value: Any = self.trailer
        for name in path.split("/"):
            value = self.resolve(value.get(name)) if isinstance(value, dict) else None
        return value

    def list_pages(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Number and value of each page."""
        waiting, seen = [self["Root"]["Pages"]], set()
        while waiting:
            reference = waiting.pop(0)
            require(isinstance(reference, Ref) and reference not in seen, "pages in a circle")
            seen.add(reference)
            node = self.resolve(reference)
            if node["Type"] == "Page":
                yield reference.number, node
            else:
                waiting = self.resolve(node["Kids"]) + waiting

    def read_attachments(self) -> dict[str, bytes]:
        """The embedded files; their tree of names has one level, or leaves below its root."""
        root, found = self["Root/Names/EmbeddedFiles"] or {}, {}
        leaves = [root, *map(self.resolve, self.resolve(root.get("Kids")) or [])]
        names = [item for leaf in leaves for item in self.resolve(leaf.get("Names")) or []]
        for key, value in zip(names[::2], names[1::2], strict=True):
            name, file = decode_text(self.resolve(key)), self.resolve(value)
            require(name not in found, "two files of one name")
            found[name] = self.unpack(self.resolve(self.resolve(file["EF"])["F"]))
        return found


def decode_text(value: bytes) -> str:
    """A text string, which has a byte order mark or is ASCII or Latin-1 here."""
    if value[:2] == b"\xfe\xff":
        return value[2:].decode("utf-16-be")
    return value.decode("latin-1")


# 5 Updates after the seal. A seal with timestamps is followed by revisions that add certificates
# and one timestamp over everything before it, and that change nothing else.


class Field(NamedTuple):
    """A field with a signature: the seal, or a timestamp of the file."""

    number: int
    value: dict[str, Any]  # the dictionary of the signature
    kind: str  # Sig | DocTimeStamp
    end: int  # of what it covers
    covered: bytes
    content: bytes  # DER


def read_fields(pdf: Pdf) -> list[Field]:
    """All signature fields, in the order of the form; there are no others."""
    form, fields = pdf["Root/AcroForm"], []
    require(isinstance(form, dict), "no signature")
    for reference in pdf.resolve(form["Fields"]):
        field = pdf.resolve(reference)
        require(field.get("FT") == "Sig" and "Kids" not in field, "another field")
        value = pdf.resolve(field["V"])
        start, gap, after, rest = value["ByteRange"]
        require(start == 0 < gap < after < after + rest <= len(pdf.data) and rest > 0, "no range")
        # What no signature covers: one DER value in capital hexadecimal digits, and zeros.
        hidden = pdf.data[gap:after]
        raw = bytes.fromhex(hidden[1:-1].decode("ascii"))
        require(hidden == b"<" + raw.hex().upper().encode() + b">", "something is in the gap")
        require(raw == value["Contents"], "another signature is in the gap")
        content = read_der(raw).raw
        require(not raw[len(content) :].strip(b"\0"), "something is in the gap")
        covered = pdf.data[:gap] + pdf.data[after : after + rest]
        kind = str(value.get("Type"))
        fields.append(Field(reference.number, value, kind, after + rest, covered, content))
    return fields


def is_archive_update(content: bytes) -> bool:
    """Whether the file is the sealed one and, after it, one revision for each timestamp."""
    try:
        _seal, *stamps = fields = read_fields(Pdf(content))
        ends = [field.end for field in fields]
        require(stamps and ends == sorted(set(ends)) and ends[-1] == len(content), "not in order")
        revisions = [Pdf(content[:end]) for end in ends]
        for (old, new), stamp in zip(pairwise(revisions), stamps, strict=True):
            check_update(old, new, stamp)
    except ERRORS:
        return False
    return True


TRAILER = {
    *("Type", "Length", "Filter", "DecodeParms", "W", "Index", "Prev", "Size"),
    "Root",
    "Info",
    "ID",
}
STAMP_NAME = re.compile(rb"Timestamp-[0-9a-f-]{36}")


def check_update(old: Pdf, new: Pdf, stamp: Field) -> None:
    """Raise ``Invalid`` unless ``new`` only adds validation data and this timestamp."""
    section = new.sections[0]
    require(
        [item.at for item in new.sections[1:]] == [item.at for item in old.sections], "revisions"
    )
    same = all(repr(old.trailer[name]) == repr(new.trailer[name]) for name in ("Root", "Info"))
    require(same and set(new.trailer) <= TRAILER, "another root")
    (first, _), (kept, changing) = old.trailer["ID"], new.trailer["ID"]
    require(kept == first and type(changing) is bytes and len(changing) <= 32, "another file")
    settings = {"Predictor": 12, "Columns": sum(new.trailer["W"])}
    require(new.trailer.get("DecodeParms") in (None, settings), "other settings")
    size = max(section.number, *section.entries) + 1
    require(section.number not in old.entries and new.trailer["Size"] == size, "another table")
    written = dict(read_written(new, len(old.data), section))
    root = new.trailer["Root"].number
    form = new["Root"]["AcroForm"].number
    store = new["Root"].get("DSS")
    pages = [number for number, _page in old.list_pages() if number in written]
    field = new.get(stamp.number)
    require(isinstance(field["V"], Ref) and len(pages) == 1, "a field")
    require(STAMP_NAME.fullmatch(field["T"]), "another name")
    # Nothing of it is seen or read out.
    fixed = {"FT": "Sig", "Type": "Annot", "Subtype": "Widget", "F": 132, "Rect": [0, 0, 0, 0]}
    fixed |= {"TU": b"Timestamp", "P": Ref(pages[0], 0)}
    require({**fixed, "T": field["T"], "V": field["V"]} == field, "another field")
    kind = {"Type": "DocTimeStamp", "Filter": "Adobe.PPKLite", "SubFilter": "ETSI.RFC3161"}
    variable = {name: stamp.value.get(name) for name in ("Contents", "ByteRange")}
    require({**kind, **variable} == stamp.value, "another stamp")
    added = {stamp.number, field["V"].number}
    expected: dict[int, Any] = {}
    addition = [Ref(stamp.number, 0)]
    for number, name in ((form, "Fields"), (pages[0], "Annots")):
        before = old.get(number)
        expected[number] = {**before, name: [*(old.resolve(before.get(name)) or []), *addition]}
    if root in written or store:
        expected[root] = {**old.get(root), "DSS": store}
        kept, validation = old["Root/DSS"] or {}, new.get(store.number)
        require(set(kept) <= set(validation) <= {"Type", *VALIDATION_DATA}, "another store")
        require(validation.get("Type", "DSS") == "DSS", "another type")
        for name in set(validation) - {"Type"}:
            items, before = new.resolve(validation[name]), old.resolve(kept.get(name, []))
            require(items[: len(before)] == before, "other validation data")
            for reference in items:
                stream = new.resolve(reference)
                require(set(stream.head) <= {"Length", "Filter"}, "no validation data")
                VALIDATION_DATA[name](new.unpack(stream))
                added |= {reference.number} - set(old.entries)
        expected[store.number] = validation
    for number in written:
        if number not in added:
            require(repr(written[number]) == repr(expected[number]), "a changed object")
        else:
            require(number not in old.entries, "an overwritten object")
    require(added <= set(written), "an object is missing")


def open_response(data: bytes) -> None:
    """An OCSP response that answers (RFC 6960, 4.2.1)."""
    status, answer = parse_der(data).parts
    kind, content = answer.parts[0].parts
    require(status.body == b"\0" and kind.oid == "1.3.6.1.5.5.7.48.1.1", "no response")
    require(len(parse_der(content.body).parts) in (3, 4), "no response")


def open_revocation_list(data: bytes) -> None:
    """A list of revoked certificates (RFC 5280, 5.1)."""
    content, algorithm, signature = parse_der(data).parts
    require(signature.bits and algorithm.parts and content.parts, "no list")


VALIDATION_DATA = {"Certs": Certificate, "OCSPs": open_response, "CRLs": open_revocation_list}


def read_written(pdf: Pdf, at: int, section: Section) -> Iterator[tuple[int, Any]]:
    """The objects that stand one after the other from ``at`` on, which are those of the section."""
    entries = dict(section.entries)
    require(entries.pop(0, (0, 0, 65535)) == (0, 0, 65535), "a removed object")
    places = {where: number for number, (_, where, _) in entries.items()}
    kinds = {(kind, generation) for kind, _, generation in entries.values()}
    require(kinds <= {(1, 0)} and len(places) == len(entries), "a removed object")
    while at < section.at:
        gap = re.compile(rb"[\r\n]*").match(pdf.data, at)
        at = gap.end() if gap else at
        number, value, end = pdf.read_object(at)
        if at != section.at:
            require(places.pop(at) == number, "an object that is in no table")
            yield number, value
        at = end
    require(places in ({}, {section.at: section.number}), "a table names what is not there")


# 6 Print, attachments and evidence.

ATTACHMENTS = ["evidence.json", "signatories.csv", "signatories.json", "verify_signoff.py"]
CONTENT_TOKENS = re.compile(
    rb"/MCID (\d+)\s*>>\s*BDC|/SIGNOFF_Text <([0-9a-f]*)>\s*>>\s*BDC|/(\w+) [-\d.]+ Tf"
    rb"|\[([^\]]*)\] ?TJ|<([0-9A-Fa-f]*)> ?Tj|\b(BMC|BDC|EMC)\b"
)
GLYPH_RUNS = re.compile(rb"<([0-9A-Fa-f]*)>")
UNICODE_MAPPING = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
Texts = dict[int, dict[int, str]]  # by number of the page, then of the marked content


class Element:
    """A structure element of the print: a heading, a cell, …"""

    def __init__(self, kind: str, scope: str = "") -> None:
        self.kind, self.scope = kind, scope  # the scope is that of a header cell
        self.children: list[Element | str] = []

    def text(self, without: str = "") -> str:
        """The text in reading order, without elements of the kind ``without``."""
        if self.kind == without:
            return ""
        parts = (item if isinstance(item, str) else item.text(without) for item in self.children)
        return "".join(parts)

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()


def read_structure(pdf: Pdf) -> Element:
    texts = {number: read_marked_content(pdf, page) for number, page in pdf.list_pages()}
    root = Element("Root")
    add_children(pdf, root, pdf["Root/StructTreeRoot/K"], 0, texts, 0)
    return root


def add_children(pdf: Pdf, parent: Element, kids: Any, page: int, texts: Texts, depth: int) -> None:
    require(depth <= MAX_DEPTH, "too deep")
    for item in kids if isinstance(kids, list) else [kids]:
        kid = pdf.resolve(item)
        if isinstance(kid, dict):
            kid_page = kid["Pg"].number if "Pg" in kid else page
            if "S" in kid:
                attributes = pdf.resolve(kid.get("A"))
                scope = attributes.get("Scope", "") if isinstance(attributes, dict) else ""
                element = Element(kid["S"], scope)
                parent.children.append(element)
                kids_of_it = pdf.resolve(kid.get("K", []))
                add_children(pdf, element, kids_of_it, kid_page, texts, depth + 1)
            elif "MCID" in kid:
                parent.children.append(texts.get(kid_page, {}).pop(kid["MCID"], ""))
        elif kid is not None:
            # Content that two elements refer to counts only for the first.
            parent.children.append(texts.get(page, {}).pop(int(kid), ""))


def read_marked_content(pdf: Pdf, page: dict[str, Any]) -> dict[int, str]:
    """The text of a page by the number of its marked content."""
    node = page
    while "Resources" not in node:
        node = pdf.resolve(node["Parent"])
    fonts = pdf.resolve(pdf.resolve(node["Resources"]).get("Font", {}))
    maps = {name.encode(): read_glyph_map(pdf, pdf.resolve(font)) for name, font in fonts.items()}
    contents = pdf.resolve(page["Contents"])
    streams = contents if isinstance(contents, list) else [contents]
    return read_texts(b"\n".join(pdf.unpack(pdf.resolve(stream)) for stream in streams), maps)


def read_texts(content: bytes, maps: dict[bytes, dict[bytes, str]]) -> dict[int, str]:
    """The text of a content stream by the number of its marked content; ``maps``: the characters of
    the glyphs by the name of the font.
    """
    texts: dict[int, str] = {}
    stack: list[int | None] = []
    glyph_map: dict[bytes, str] = {}
    for number, line, font, runs, run, operator in CONTENT_TOKENS.findall(content):
        if line:
            if stack and stack[-1] is not None:
                text = bytes.fromhex(line.decode()).decode("utf-16")
                texts[stack[-1]] = texts.get(stack[-1], "") + text
            stack.append(None)  # its glyphs tell the same once more
        elif font:
            glyph_map = maps.get(font, {})
        elif number:
            stack.append(int(number))
        elif operator == b"EMC":
            if stack:
                stack.pop()
        elif operator:
            stack.append(stack[-1] if stack and stack[-1] is None else None)
        elif stack and stack[-1] is not None:
            glyphs = b"".join(GLYPH_RUNS.findall(runs)) if runs else run
            text = "".join(
                glyph_map.get(glyphs[start : start + 4].lower(), "\ufffd")
                for start in range(0, len(glyphs), 4)
            )
            texts[stack[-1]] = texts.get(stack[-1], "") + text
    return texts


def read_glyph_map(pdf: Pdf, font: dict[str, Any]) -> dict[bytes, str]:
    """The characters of each glyph by the table of the font."""
    if "ToUnicode" not in font:
        return {}
    return {
        glyph.lower(): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")
        for glyph, letters in UNICODE_MAPPING.findall(pdf.unpack(pdf.resolve(font["ToUnicode"])))
    }


ZERO_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2065\u206a-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffc\U000e0000-\U000e0fff]"
)
PRESENTATION_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufd3d\ufd50-\ufdff\ufe70-\ufefc]+")
STAND_IN = re.compile(r"\[U\+([0-9A-F]{4,6})\]")  # is printed for what no font has


def normalize(text: str) -> str:
    """``text`` as it can be compared with a print: without white space and what is invisible."""
    text = PRESENTATION_FORMS.sub(
        lambda match: unicodedata.normalize("NFKC", match[0]), ZERO_WIDTH.sub("", text)
    )
    text = unicodedata.normalize("NFC", text).replace("\u2010", "-").replace("\u2011", "-")
    return "".join(STAND_IN.sub(lambda match: chr(int(match[1], 16)), text).split())


def check_contents(pdf: Pdf) -> tuple[dict[str, bool | None], dict[str, Any]]:
    """Compare print, attachments and evidence; the checks, and what the document is."""
    files = pdf.read_attachments()
    require(sorted(files) == ATTACHMENTS, "other attachments")
    evidence, data = load_evidence(files["evidence.json"]), load_json(files["signatories.json"])
    printed = read_structure(pdf)
    elements = list(printed.walk())
    headings = [index for index, element in enumerate(elements) if element.kind == "H2"]
    last = normalize(join_texts(elements[headings[-1] :]))
    facts, digest = evidence["signatories"], evidence["edition_digest"]
    try:
        root, log_holds, log_facts = check_log(evidence, data)
    except ERRORS:
        root, log_holds, log_facts = [], False, {}
    earlier = [item["sha256"] for item in evidence["earlier"]] if "issue" in evidence else None
    checks: dict[str, bool | None] = {
        "list": sha256(files["signatories.json"]).hexdigest() == facts["json_sha256"]
        and sha256(files["signatories.csv"]).hexdigest() == facts["csv_sha256"]
        and len(data["signatories"]) == data["count"] == facts["count"]
        and read_csv(files["signatories.csv"]) == data["signatories"]
        and agrees_with_print(elements, headings, data, evidence["text"]["language"])
        and data.get("issue") == evidence.get("issue"),
        "text": sha256(canonical_json(evidence["text"])).hexdigest()
        == digest
        == data["edition_digest"]
        and digest in last
        and evidence["text"]["title"] == data["title"],
        "checkpoint": log_holds and all(value in last for value in root),
        "earlier": None
        if earlier is None
        else bool(earlier) and all(len(item) == 64 and item in last for item in earlier),
    }
    about = {
        "count": data["count"],
        "edition_digest": digest,
        **log_facts,
        "kind": "final",
        "number": 1,
    }
    return checks, {
        **about,
        **evidence.get("issue", {}),
        "timestamp": evidence["timestamp"] is True,
    }


def canonical_json(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def load_json(content: bytes) -> Any:
    """A JSON document in UTF-8, without floats, in which no name occurs twice."""

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        require(len(dict(pairs)) == len(pairs), "a name occurs twice")
        return dict(pairs)

    def refuse(text: str) -> None:
        raise Invalid(f"no integer: {text}")

    def parse_integer(text: str) -> int:
        require(text[0] != "-", "a sign")
        return int(text)

    value = json.loads(
        content.decode(),
        object_pairs_hook=build,
        parse_int=parse_integer,
        parse_float=refuse,
        parse_constant=refuse,
    )
    canonical_json(value)  # half of a surrogate pair has no bytes
    return value


def load_evidence(content: bytes) -> dict[str, Any]:
    """The evidence of a PDF, in the one form that is known here."""
    evidence: dict[str, Any] = load_json(content)
    require(evidence["format"] == "signoff evidence 1", "another form of evidence")
    return evidence


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of the list; an apostrophe before a formula belongs to the table."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    return [
        {name: re.sub(r"^'(?='*[=+\-@\t\r])", "", cell) for name, cell in row.items() if cell}
        for row in rows
    ]


def join_texts(elements: list[Element]) -> str:
    return "".join(
        item for element in elements for item in element.children if isinstance(item, str)
    )


# The printed list. The data has the order of the print: row after row belongs to entry after entry.

# In German and English, as printed now and as printed before.
BASES = {
    "head": ("Erklärung der Verwaltungsspitze", "Declaration by the head of the administration"),
    "administration": (
        "Geschäft der laufenden Verwaltung",
        "Matter of current administration",
        "laufende Verwaltung",
        "Current administration",
    ),
    "council": ("Beschluss", "Decision"),
    "both": ("Verwaltungsspitze und Beschluss", "Head of the administration and decision"),
    "urgent": ("Eilentscheidung", "Urgent decision"),
}
MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "January February March April May June July August September October November December",
)


class Row(NamedTuple):
    """A row of a table, or an item of a list, whose text is all in ``facts``."""

    name: str | None  # the cell of the name; ``None``: no cells
    facts: str
    call: str  # the number of the note it refers to


def agrees_with_print(
    elements: list[Element], headings: list[int], data: dict[str, Any], language: str
) -> bool:
    """Whether the printed lists are those of ``data``: signatories, then withdrawals if any.

    Their section is the last but one, with withdrawals the two before the last.
    """
    lists = [data["signatories"], *([data["withdrawals"]] if data.get("withdrawals") else [])]
    bounds = list(pairwise(headings[-1 - len(lists) :]))
    english = language == "en"  # everything else is printed in German
    return len(bounds) == len(lists) and all(
        list_agrees(elements[start + 1 : end], items, english)
        for (start, end), items in zip(bounds, lists, strict=True)
    )


def list_agrees(section: list[Element], items: list[dict[str, str]], english: bool) -> bool:
    end = len(section)
    if any(element.kind == "LI" and has_label(element) for element in section):
        heading = max(index for index, element in enumerate(section) if element.kind == "H3")
        end = next(index for index in range(heading, len(section)) if section[index].kind == "L")
    rows = [row for element in section[:end] if (row := read_row(element))]
    noted = [item for item in items if item.get("note")]
    calls = {id(item): str(number) for number, item in enumerate(noted, 1)}
    notes = "".join(
        normalize(f"{number}.{item.get('sort_name', '')}:{item['note']}")
        for number, item in enumerate(noted, 1)
    )
    return (
        len(rows) == len(items)
        and normalize(join_texts(section[end:])) == notes
        and all(
            row_agrees(row, item, calls.get(id(item), ""), english)
            for row, item in zip(rows, items, strict=True)
        )
    )


def has_label(element: Element) -> bool:
    return any(child.kind == "Lbl" for child in element.walk())


def read_row(element: Element) -> Row | None:
    """The row, unless the element is something else, as the heads of the columns."""
    call = "".join(child.text() for child in element.walk() if child.kind == "Link")
    if element.kind == "LI":
        return Row(None, element.text("Link"), call)
    cells = [child for child in element.walk() if child.kind in ("TH", "TD")]
    if element.kind != "TR" or not any(cell.scope == "Row" for cell in cells):
        return None
    name = "".join(cell.text("Link") for cell in cells if cell.scope == "Row")
    return Row(name, " ".join(cell.text("Link") for cell in cells if cell.scope != "Row"), call)


def row_agrees(row: Row, item: dict[str, str], call: str, english: bool) -> bool:
    """Whether the row shows name, note and facts of ``item``, in their order."""
    name, has_cells = normalize(item["name"]), row.name is not None
    start = normalize(row.name if row.name is not None else row.facts)
    rest = start.removeprefix(name)
    facts = normalize(row.facts) if has_cells else rest
    # What may follow a name and is no part of it: nothing, or where the signatory is.
    named = name_country(item.get("country", ""), english)
    places = (item.get("state"), named, item.get("district")) if has_cells else (",", "·")
    regions = tuple(normalize(place) for place in places if place)
    follows = not rest or rest.startswith(regions)
    follows = follows or (has_cells and rest.endswith(item.get("key") or "\0"))
    pattern = "".join(f"(?>{text})" for text in list_patterns(item, english))
    is_blank = not any(map(item.get, ("signer", "function", "basis", "signed_on", "late_on")))
    return (
        start.startswith(name)
        and follows
        and normalize(row.call) == call
        and re.match(pattern, facts, re.DOTALL) is not None
        and not (has_cells and is_blank and facts)
    )


def name_country(code: str, english: bool) -> str:
    """The name that is printed for a country; the code itself if it is unknown."""
    return load_countries().get(code.upper(), (code, code))[english]


def load_countries() -> dict[str, tuple[str, str]]:
    pairs = (entry.split(" ", 1) for entry in " ".join(COUNTRIES.split()).split("; "))
    names = ((code, text.split(" = ")) for code, text in pairs)
    return {code: (found[0], found[-1]) for code, found in names}


def list_patterns(item: dict[str, str], english: bool) -> Iterator[str]:
    """For each published fact, in printed order, a pattern that ends with its first occurrence."""
    basis = item.get("basis", "")
    for texts in (
        [item.get("signer")],
        [item.get("function")],
        BASES[basis][english::2] if basis else [""],
        [f"({item['body']})" if basis and item.get("body") else ""],
        spell_day(item.get("decided_on") if basis not in ("", "head") else "", english),
        spell_day(item.get("late_on") or item.get("signed_on"), english),
        spell_day(item.get("withdrawn_on"), english),
    ):
        if texts[0]:
            yield "|".join(f".*?{re.escape(normalize(text))}" for text in texts if text)
        if texts[0] == BASES["council"][0]:  # and not the end of the longer basis
            yield f"(?<!{normalize(BASES['both'][0])})"


def spell_day(text: str | None, english: bool) -> Sequence[str | None]:
    """A day as tables and lines print it."""
    if not text:
        return [""]
    day = date.fromisoformat(text)
    month = MONTHS[english].split()[day.month - 1]
    if english:
        return [f"{day.day} {month} {day.year}", f"{day:%d/%m/}{day.year}"]
    return [f"{day.day}. {month} {day.year}", f"{day:%d.%m.}{day.year}"]


def check_pdf(content: bytes, trust: "Trust") -> Report:
    """The report on a PDF. Of a seal that is not intact, and of a file that was changed after
    sealing, nothing else is said: everything else depends on both.
    """
    report = Report("pdf")
    report.checks["readable"] = content.startswith(b"%PDF-")
    if not report.checks["readable"]:
        return report
    report.checks["seal"] = False
    try:
        pdf = Pdf(content)
        fields = read_fields(pdf)
        (seal,) = (field for field in fields if field.kind == "Sig")
        stamps = [field for field in fields if field.kind == "DocTimeStamp"]
        require(len(stamps) + 1 == len(fields), "another signature")
        signed = SignedData(seal.content)
        require(
            signed.encapsulated.raw == parse_der(bytes.fromhex("300b06092a864886f70d010701")).raw,
            "it signs something else",
        )
        require(seal.value.get("SubFilter") == "ETSI.CAdES.detached", "another kind of seal")
        forbids = [pdf.resolve(item) for item in pdf.resolve(seal.value["Reference"])]
        methods = [
            (item["TransformMethod"], pdf.resolve(item["TransformParams"])["P"]) for item in forbids
        ]
        require(methods == [("DocMDP", 1)], "it allows changes")
        require(pdf["Root/Perms/DocMDP"] is seal.value, "it does not forbid changes")
        is_copy, holder = pdf[COPY_KIND] in COPIES, signed.signer
        facts = {
            "holder": get_display_name(holder.subject),
            "issuer": get_display_name(holder.issuer),
            "fingerprint": holder.fingerprint,
            "sealed_at": format_pdf_moment(seal.value.get("M", b"")),
            "level": "B-LTA" if stamps else "B-B",
        }
        digest = hashlib.new(signed.digest_name, seal.covered).digest()
        report.checks["seal"] = signed.is_valid(digest)
    except ERRORS:
        return report
    if not report.checks["seal"]:
        return report
    is_updated = bool(stamps) or seal.end != len(content)
    if is_updated and (is_copy or not is_archive_update(content)):
        report.checks["unaltered"] = False
        return report
    try:
        contents, about = ({}, {"kind": str(pdf[COPY_KIND])}) if is_copy else check_contents(pdf)
    except ERRORS:
        contents, about = dict.fromkeys(("list", "text", "checkpoint"), False), {}
    expects_timestamp = about.pop("timestamp", False)
    report.checks["unaltered"] = list(signed.unsigned) == [
        TIMESTAMP_TOKEN
    ] * expects_timestamp and (expects_timestamp or not is_updated)
    if not report.checks["unaltered"]:
        return report
    report.checks["holder"] = holder.fingerprint in trust.holders
    report.facts = {**facts, **about}
    if expects_timestamp:
        check_timestamps(report, signed, stamps, trust)
    report.checks |= contents
    return report


def check_timestamps(
    report: Report, signed: SignedData, stamps: list[Field], trust: "Trust"
) -> None:
    """That of the signature, and those of the file: all by authorities that are known."""
    try:
        tokens = read_timestamps(signed, stamps)
        first, _signature = tokens[0]
        if not all(token.is_valid(covered) for token, covered in tokens):
            raise Invalid("a timestamp is not valid")
        known = all(token.is_known(trust.authorities) for token, _covered in tokens)
        report.checks["authority"] = known
        if known:  # that of an unknown authority proves no time
            report.checks["timestamp"] = True
            report.facts["stamped_at"] = f"{first.at:%Y-%m-%d %H:%M:%S} UTC"
            report.facts["stamped_by"] = get_display_name(first.signed.signer.subject)
    except ERRORS:
        report.checks["timestamp"] = False


def read_timestamps(signed: SignedData, stamps: list[Field]) -> list[tuple[Timestamp, bytes]]:
    """That of the seal and those of the file, each with what it covers."""
    first = Timestamp(signed.unsigned[TIMESTAMP_TOKEN].raw)
    return [
        (first, signed.signature),
        *((Timestamp(stamp.content), stamp.covered) for stamp in stamps),
    ]


def format_pdf_moment(value: bytes) -> str:
    """``D:20270401…Z`` as text; what has another form as it is."""
    match = re.match(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(.*)", decode_text(value))
    return "{}-{}-{} {}:{}:{} {}".format(*match.groups()).replace(" Z", " UTC") if match else ""


# What reading a foreign file can raise; such a file is not genuine.
ERRORS = (Invalid, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) + (
    (RuntimeError, MemoryError, OSError, EOFError, csv.Error, zlib.error, zipfile.BadZipFile)
)


# 7 Receipts, certificates of the process, and proofs (RFC 6962, RFC 9162, C2SP signed notes).

KEY_LINE = re.compile(r"(signoff/[0-9a-f]{16})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})")
DIGEST, SALT = re.compile(r"[0-9a-f]{64}"), re.compile(r"([0-9a-f]{2})+")
LIST_SALT = re.compile(r"[0-9a-f]{32}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", re.ASCII)
RECEIPT, CERTIFICATE, LOG_FORMAT = "signoff-receipt-1", "signoff-certificate-1", "signoff-log-1"
ROUND_NAMES = ("paper", "edition", "edition_digest", "opened_at")
# Texts of a statement beside these.
TEXTS = {RECEIPT: ("reference", "answer", "at"), CERTIFICATE: (), LOG_FORMAT: ("kind", "at")}


class LogKey:
    """The key of a log, from its one line; raises ``Invalid`` unless name and id belong to it."""

    def __init__(self, line: str) -> None:
        match = KEY_LINE.fullmatch(line)
        require(match, "no key")
        self.name, key_id, encoded = match.groups() if match else ("", "", "")
        raw = decode_base64(encoded, 33)
        self.public, self.digest = raw[1:], sha256(raw[1:]).hexdigest()
        self.id = sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        require(raw[0] == 1 and self.id.hex() == key_id, "another key")
        require(self.name == f"signoff/{self.digest[:16]}", "another name")
        self.opened: dict[str, tuple[int, bytes]] = {}  # checkpoints
        self.limit: int | None = None  # of their number: verifying one takes some milliseconds

    def has_signed(self, message: bytes, encoded: str) -> bool:
        raw = decode_base64(encoded, 68)
        return raw[:4] == self.id and verify_ed25519(self.public, message, raw[4:])

    def open_checkpoint(self, note: str) -> tuple[int, bytes]:
        """Number of leaves and root of a checkpoint that this key has signed."""
        if note in self.opened:
            return self.opened[note]
        if self.limit is not None and len(self.opened) >= self.limit:
            raise TooLarge
        origin, size, root, empty, signature, end = note.split("\n")
        message = f"{origin}\n{size}\n{root}\n".encode()
        start = f"\u2014 {self.name} "
        require(
            (origin, empty, end, signature[: len(start)]) == (self.name, "", "", start), "no note"
        )
        require(re.fullmatch(r"[1-9][0-9]{0,15}", size), "no number of leaves")
        require(self.has_signed(message, signature[len(start) :]), "not signed")
        self.opened[note] = int(size), decode_base64(root, 32)
        return self.opened[note]

    def proves(self, proof: dict[str, Any], statement: dict[str, Any]) -> tuple[int, bytes]:
        """The checkpoint whose tree contains ``statement``; raises ``Invalid`` otherwise."""
        require(set(proof) == {"index", "path", "checkpoint"}, "another proof")
        require(isinstance(proof["path"], list), "no path")
        require(all(DIGEST.fullmatch(step) for step in proof["path"]), "no digest")
        size, root = self.open_checkpoint(proof["checkpoint"])
        leaf = hash_leaf(statement)
        path = [bytes.fromhex(step) for step in proof["path"]]
        require(compute_root(leaf, proof["index"], size, path) == root, "another root")
        return size, root


def decode_base64(text: str, length: int) -> bytes:
    """So many bytes, of the one spelling that encoding them gives."""
    raw = base64.b64decode(text, validate=True)
    require(base64.b64encode(raw).decode() == text and len(raw) == length, "no base64")
    return raw


def compute_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root over ``size`` leaves by leaf ``index`` and its path (RFC 9162, 2.1.3.2); ``None``
    if the path has another length.
    """
    require(type(index) is int and 0 <= index < size, "outside of the tree")
    position, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            root = sha256(b"\1" + step + root).digest()
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            root = sha256(b"\1" + root + step).digest()
        position, last = position // 2, last // 2
    return root if last == 0 else None


def check_log(
    evidence: dict[str, Any], data: dict[str, Any]
) -> tuple[list[str], bool, dict[str, Any]]:
    """What has to be printed of the log, whether its statement is about this document, and the
    checkpoint.
    """
    log, statement = evidence["log"], evidence["log"]["statement"]
    key, issue = LogKey(log["key"]), evidence.get("issue")
    require_form(statement, LOG_FORMAT)
    size, root = key.proves(log["proof"], statement)
    lists = {
        name: sorted(data.get(name, []), key=canonical_json)
        for name in ("signatories", "withdrawals")
    }
    require(LIST_SALT.fullmatch(log["list_salt"]), "no salt")
    salted = sha256(bytes.fromhex(log["list_salt"]) + canonical_json(lists)).hexdigest()
    holds = (
        ({name: statement[name] for name in ("kind", "number")} == issue if issue else True)
        and (issue or statement["kind"] in ("closing", "amendment"))
        and all(
            statement[name] == evidence[name] for name in ("paper", "edition", "edition_digest")
        )
        and statement["terms"] == sha256(canonical_json(log["terms"])).hexdigest()
        and statement["list"] == salted
    )
    return [root.hex(), key.digest], bool(holds), {"size": size, "root": root.hex()}


def check_receipt(content: bytes, trust: "Trust") -> Report:
    """The report on a receipt or a certificate of the process."""
    report = Report("receipt")
    report.checks["form"] = False
    try:
        file = load_json(content)
        kind, statement = file["format"], file["statement"]
        names = {"details", "details_salt", "proof"} if kind == RECEIPT else {"log"}
        require(kind in (RECEIPT, CERTIFICATE), "another format")
        require(set(file) == {"format", "statement", "signature", "key", *names}, "another form")
        require_form(statement, kind)
        if kind == RECEIPT:
            erased = file["details"] is None
            require(not erased or file["details_salt"] == "", "a salt of nothing")
        report.checks |= {"form": True, "signature": False}
        key = LogKey(file["key"])
        key.limit = trust.max_checkpoints
        report.checks["signature"] = key.has_signed(canonical_json(statement), file["signature"])
    except ERRORS:
        return report
    checks = {"details": check_details, "proof": check_proofs}
    if kind == CERTIFICATE:  # it has no details, and is no leaf of the log
        del checks["details"], report.checks["details"], report.checks["log"]
    for name, check in checks.items():
        if report.checks["signature"]:
            try:
                report.checks[name] = check(file, key)
            except TooLarge:
                report.ground = "too_large"
            except ERRORS:
                report.checks[name] = False
    if False in report.checks.values():
        report.ground = ""
    elif not report.ground:
        report.statement = statement
        report.facts = {"fingerprint": key.digest, **find_facts(statement)}
        report.checks["key"] = True if file["key"] in trust.log_keys else None
        if kind == RECEIPT and trust.log and trust.log.key.public == key.public:
            report.checks["log"] = compare_with_log(statement, trust.log)
            report.is_early = report.checks["log"] is None
    return report


def require_form(statement: dict[str, Any], kind: str) -> None:
    """Raises unless this is a statement of the kind, with the names that are read here."""
    require(statement["format"] == kind, "another format")
    texts = ("paper", "edition_digest", "opened_at", *TEXTS[kind])
    require(all(isinstance(statement[name], str) for name in texts), "no text")
    require(type(statement["edition"]) is int, "no number of an edition")
    if kind == RECEIPT:
        require(DIGEST.fullmatch(statement["details"]), "no digest")
    if kind == CERTIFICATE:
        texts = (statement["closed_at"], statement["reference"])
        require(all(isinstance(text, str | None) for text in texts), "no text")
    else:
        require(MOMENT.fullmatch(statement["at"]), "no moment")
        datetime.fromisoformat(statement["at"])  # raises


class Log(NamedTuple):
    """A log that holds: every checkpoint extends the one before."""

    key: LogKey
    leaves: list[bytes]
    sizes: list[int]  # of the trees of the checkpoints
    statements: list[tuple[int, dict[str, Any]]]  # with their index


def compare_with_log(receipt: dict[str, Any], log: Log) -> bool | None:
    """Whether the receipt is in the log; it is missing if a later statement about its round is
    there without it. ``None``: there is no later one yet.
    """
    leaf = hash_leaf(receipt)
    covered = log.leaves[: max(log.sizes, default=0)]
    for index, stated in log.statements:
        size = min((size for size in log.sizes if size > index), default=0)
        is_later = all(stated.get(name) == receipt[name] for name in ROUND_NAMES) and (
            stated["at"] > receipt["at"]
        )
        if size and is_later and leaf not in log.leaves[:size]:
            return False
    return True if leaf in covered else None


def open_log(content: bytes) -> Log:
    """The log of an ``entries.json``; raises ``Invalid`` unless each checkpoint has its root."""
    log = load_json(content)
    names = {"format", "key", "leaves", "checkpoints", "statements"}
    require(log["format"] == LOG_FORMAT and set(log) == names, "another format")
    require(all(set(item) == {"index", "statement"} for item in log["statements"]), "no index")
    require(all(DIGEST.fullmatch(leaf) for leaf in log["leaves"]), "no digest")
    key, leaves = LogKey(log["key"]), [bytes.fromhex(leaf) for leaf in log["leaves"]]
    trees = [key.open_checkpoint(note) for note in log["checkpoints"]]
    for size, root in trees:
        require(size <= len(leaves) and hash_tree(leaves[:size]) == root, "another root")
    statements = [(item["index"], item["statement"]) for item in log["statements"]]
    covered = max((size for size, _root in trees), default=0)
    for index, statement in statements:
        require(type(index) is int and 0 <= index < covered, "no checkpoint covers it")
        require(hash_leaf(statement) == leaves[index], "another statement")
        require_form(statement, LOG_FORMAT)
    return Log(key, leaves, [size for size, _root in trees], statements)


def hash_tree(leaves: list[bytes]) -> bytes:
    """The root over the leaves, level by level: a last one without a sibling moves up."""
    while len(leaves) > 1:
        pairs = zip(leaves[::2], leaves[1::2], strict=False)
        last = leaves[-1:] if len(leaves) % 2 else []
        leaves = [sha256(b"\1" + left + right).digest() for left, right in pairs] + last
    return leaves[0]


def hash_leaf(statement: dict[str, Any]) -> bytes:
    return sha256(b"\0" + canonical_json(statement)).digest()


def describe_statement(statement: dict[str, Any]) -> list[str]:
    """What a genuine file states."""
    names = ("association", "member", "reference", "answer", "at", *ROUND_NAMES)
    return [f"{name}: {statement[name]}" for name in names if name in statement]


def find_facts(statement: dict[str, Any]) -> dict[str, Any]:
    names = (*ROUND_NAMES, "reference", "version", "answer", "at", "copy", "title")
    return {name: statement[name] for name in names if name in statement}


def check_details(file: dict[str, Any], _key: LogKey) -> bool | None:
    """Whether the opened details are those that were signed; ``None`` where they were erased."""
    statement, details = file["statement"], file.get("details")
    if details is None:
        return None
    require(SALT.fullmatch(file["details_salt"]), "no salt")
    salt = bytes.fromhex(file["details_salt"])
    answer = details.get("answer", {}).get("kind", statement["answer"])
    text = details.get("text", statement["edition_digest"])
    digest = sha256(salt + canonical_json(details)).hexdigest()
    names = ("details", "answer", "edition_digest")
    return [digest, answer, text] == [statement[name] for name in names]


def check_proofs(file: dict[str, Any], key: LogKey) -> bool | None:
    """Whether the proofs hold; ``None`` where there is none yet, before the closing."""
    statement = file["statement"]
    if file["format"] == RECEIPT:
        return None if file["proof"] is None else bool(key.proves(file["proof"], statement))
    kinds = []
    require(isinstance(file["log"], list), "no list")
    for item in file["log"]:
        require(set(item) == {"statement", "proof"}, "another form")
        stated = item["statement"]
        require_form(stated, RECEIPT if stated["format"] == RECEIPT else LOG_FORMAT)
        key.proves(item["proof"], stated)
        require(all(stated[name] == statement[name] for name in ROUND_NAMES), "another round")
        if stated["format"] == RECEIPT:  # no signature covers which statements are there
            require(stated["reference"] == statement["reference"], "the receipt of another")
        else:
            kinds.append(stated["kind"])
    return "closing" in kinds or statement["closed_at"] is None


# 8 Bundles, and the command line.

MANIFEST, CERTIFICATES = "SHA256SUMS", "certificate.pem"
LOG_KEY, LOG_ENTRIES, LOG_NOTES = "log/key", "log/entries.json", "log/checkpoints"
PROGRAM, HOW_TO = ATTACHMENTS[-1], ("ANLEITUNG.md", "README.md")
RELEASED = r"releases/[0-9]+-[a-z]+\."
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


class Trust:
    """What the user trusts: certificates, keys of logs, and records of releases."""

    def __init__(self, content: bytes = b"") -> None:
        self.records: list[dict[str, Any]] = []
        self.log: Log | None = None
        self.max_checkpoints: int | None = None  # to verify in one file
        if content.startswith(b"PK"):
            files = read_bundle(content)
            self.records = list_records(files)
            self.log = open_log(files[LOG_ENTRIES]) if LOG_ENTRIES in files else None
            content = files[CERTIFICATES] + b"\n" + files.get(LOG_KEY, b"")
        certificates = [Certificate(base64.b64decode(item)) for item in PEM.findall(content)]
        self.fingerprints = {item.fingerprint for item in certificates}
        self.authorities = [item for item in certificates if item.stamps_time]
        self.holders = {item.fingerprint for item in certificates if not item.stamps_time}
        lines = content.decode("utf-8", "replace").split()
        self.log_keys = {line for line in lines if KEY_LINE.fullmatch(line)}

    def judge(self, content: bytes, report: Report) -> Report:
        """The report with what the records of a trusted bundle know about this file."""
        digest = sha256(content).hexdigest()
        record = next((item for item in self.records if item["sha256"] == digest), None)
        if record is None:
            return report
        report.facts["release"] = record
        superseded = any(
            other["kind"] == "edition"
            and all(other[name] == record[name] for name in ("paper", "edition_digest"))
            and "withdrawn_at" not in other
            and other["as_of"] > record["as_of"]
            for other in self.records
        )
        if record.get("withdrawn_at"):
            report.ground = "withdrawn"
        elif report.find_ground() == "sealed":
            report.ground = "superseded" if superseded else "released"
        return report


def read_bundle(content: bytes) -> dict[str, bytes]:
    """The files of a bundle; raises ``Invalid`` unless its manifest names them all as they are."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        items = package.infolist()
        methods = {item.compress_type for item in items}
        require(methods <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}, "another compression")
        require(sum(item.file_size for item in items) <= MAX_UNPACKED, "too large when unpacked")
        items = [item for item in items if not item.is_dir()]
        files = {item.filename: package.read(item) for item in items}
    require(len(files) == len(items), "two files of one name")
    lines = [f"{sha256(files[name]).hexdigest()}  {name}" for name in files if name != MANIFEST]
    named = files[MANIFEST].decode().splitlines()
    require(sorted(named) == sorted(lines), "the manifest says otherwise")
    return files


def list_records(files: dict[str, bytes]) -> list[dict[str, Any]]:
    names = (name for name in files if re.fullmatch(RELEASED + "json", name))
    return [load_json(files[name]) for name in names]


def check_bundle(content: bytes, trust: Trust) -> Report:
    """The report on a bundle: nothing of it is genuine unless all of it is."""
    report = Report("bundle")
    report.checks |= {"readable": True, "manifest": False}
    try:
        files = read_bundle(content)
    except ERRORS:
        return report
    report.checks["manifest"] = True
    papers = {name: data for name, data in files.items() if re.fullmatch(RELEASED + "pdf", name)}
    released = [trust.judge(data, check_pdf(data, trust)) for data in papers.values()]
    grounds = [item.find_ground() for item in released]
    report.checks["releases"] = "check_failed" not in grounds if released else None
    try:
        log_keys = check_files(files, papers)
        report.checks["files"] = True
        own = Trust(content)
    except ERRORS:
        report.checks["files"] = False
    if False in report.checks.values():
        return report
    withdrawn = [item for item in own.records if "withdrawn_at" in item]
    unproved = (
        own.fingerprints - trust.fingerprints
        or own.log_keys - log_keys - trust.log_keys
        or any(item not in trust.records for item in withdrawn)
    )
    if released:
        holders = dict.fromkeys(item.facts.get("holder", "") for item in released)
        facts = {"holder": ", ".join(holders), "release": None, "releases": own.records}
        report.facts = released[0].facts | facts
        stops = (item for item in grounds if item in STOPS)
        report.ground = next(stops, "unproved" if unproved else "")
    else:
        report.ground = "withdrawn" if withdrawn and not unproved else "empty"
    return report


def check_files(files: dict[str, bytes], papers: dict[str, bytes]) -> set[str]:
    """The keys of the log that the PDF files name. Raises ``Invalid`` unless every other file is as
    their sealed evidence and attachments say. The record of a withdrawn file has no PDF; nothing
    here proves it.
    """
    names, programs, log_keys = {MANIFEST, CERTIFICATES, PROGRAM, *HOW_TO}, set(), set()
    for name, content in papers.items():
        start, inside = name.removesuffix(".pdf"), Pdf(content).read_attachments()
        programs.add(inside.pop(PROGRAM))
        evidence, record = load_json(inside["evidence.json"]), load_json(files[f"{start}.json"])
        log_keys.add(evidence["log"]["key"])
        require(record["sha256"] == sha256(content).hexdigest(), "the record of another file")
        require(record_fits(record, evidence), "another record")
        typeset = sha256(content[: content.index(b"%%EOF\n") + 6]).hexdigest()
        require((record.get("typeset_sha256") or typeset) == typeset, "another print")
        beside = {f"{start}/{attachment}": data for attachment, data in inside.items()}
        require(all(files[name] == data for name, data in beside.items()), "another list")
        names |= {name, f"{start}.json", *beside}
    for name in set(files) - names:
        if re.fullmatch(RELEASED + "json", name) and "withdrawn_at" in load_json(files[name]):
            names.add(name)
    if LOG_ENTRIES in files:
        names |= {LOG_KEY, LOG_ENTRIES, LOG_NOTES}
        open_log(files[LOG_ENTRIES])
        log = load_json(files[LOG_ENTRIES])
        notes = "".join(f"{note}\n" for note in log["checkpoints"])
        require(files[LOG_KEY] == f"{log['key']}\n".encode(), "another key")
        require(files.get(LOG_NOTES, b"") == notes.encode(), "other checkpoints")
    require(set(files) <= names, "an unknown file")
    require(not programs or files[PROGRAM] in programs, "another program")
    return log_keys


def record_fits(record: dict[str, Any], evidence: dict[str, Any]) -> bool:
    """Whether what the record of a release says is what its PDF says."""
    issue = evidence.get("issue", {"kind": "final", "number": 1})
    about = {
        **{name: evidence[name] for name in ("paper", "edition", "edition_digest")},
        **{"title": evidence["text"]["title"], "kind": issue["kind"]},
        "list_edition": issue["number"],
    }
    moments = [datetime.fromisoformat(item["as_of"]) for item in (record, evidence)]
    return (
        "withdrawn_at" not in record
        and moments[0] == moments[1]
        and canonical_json({name: record[name] for name in about}) == canonical_json(about)
    )


STOPS = ("withdrawn", "other_key", "other_authority")  # grounds that hold for the whole bundle


def check(content: bytes, trust: Trust) -> Report:
    if content.startswith(b"PK"):
        return check_bundle(content, trust)
    if content.lstrip().startswith(b"{"):
        return check_receipt(content, trust)
    return trust.judge(content, check_pdf(content, trust))


def main(arguments: list[str]) -> int:
    """Print the result and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="verify_signoff.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--json", action="store_true")
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language = "en" if locale.startswith("en") else "de"
    parser.add_argument("--language", choices=("de", "en"), default=language)
    options = parser.parse_args(arguments)
    try:
        trusted = options.certificate.read_bytes() if options.certificate else b""
        content = options.file.read_bytes()
        entries = options.log.read_bytes() if options.log else b""
    except OSError as error:
        parser.error(str(error))
    try:
        trust = Trust(trusted)
        require(
            not trusted or trust.holders or trust.log_keys or trust.records,
            "no certificate and no key",
        )
        trust.log = open_log(entries) if options.log else trust.log
    except ERRORS as error:
        parser.error(f"{options.certificate or options.log}: {error}")
    report = check(content, trust)
    found = report.describe(options.language)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        says = [*found["reasons"], *describe_statement(report.statement)]
        print(options.file, *says, f"SHA-256: {sha256(content).hexdigest()}", sep="\n")
        marks = {"pass": ("ja", "yes"), "fail": ("NEIN", "NO"), "skipped": ("–", "–")}
        for item in found["checks"]:
            print(
                f"{marks[item['result']][options.language == 'en']:5} {item['name']}: {item['says']}"
            )
    return EXIT_STATUS[found["verdict"]]


# Names of countries in German = English, as they are printed beside a foreign signatory (CLDR). A
# sealed file keeps the name of its day: a name here is never changed.
COUNTRIES = """
AC Ascension = Ascension Island; AD Andorra; AE Vereinigte Arabische Emirate = United Arab Emirates; AF
Afghanistan; AG Antigua und Barbuda = Antigua & Barbuda; AI Anguilla; AL Albanien = Albania; AM Armenien =
Armenia; AO Angola; AQ Antarktis = Antarctica; AR Argentinien = Argentina; AS Amerikanisch-Samoa = American
Samoa; AT Österreich = Austria; AU Australien = Australia; AW Aruba; AX Ålandinseln = Åland Islands; AZ
Aserbaidschan = Azerbaijan; BA Bosnien und Herzegowina = Bosnia & Herzegovina; BB Barbados; BD Bangladesch =
Bangladesh; BE Belgien = Belgium; BF Burkina Faso; BG Bulgarien = Bulgaria; BH Bahrain; BI Burundi; BJ Benin;
BL St. Barthélemy; BM Bermuda; BN Brunei Darussalam = Brunei; BO Bolivien = Bolivia; BQ Karibische Niederlande
= Caribbean Netherlands; BR Brasilien = Brazil; BS Bahamas; BT Bhutan; BV Bouvetinsel = Bouvet Island; BW
Botsuana = Botswana; BY Belarus; BZ Belize; CA Kanada = Canada; CC Kokosinseln = Cocos (Keeling) Islands; CD
Kongo-Kinshasa = Congo - Kinshasa; CF Zentralafrikanische Republik = Central African Republic; CG
Kongo-Brazzaville = Congo - Brazzaville; CH Schweiz = Switzerland; CI Côte d’Ivoire; CK Cookinseln = Cook
Islands; CL Chile; CM Kamerun = Cameroon; CN China; CO Kolumbien = Colombia; CP Clipperton-Insel = Clipperton
Island; CR Costa Rica; CU Kuba = Cuba; CV Cabo Verde = Cape Verde; CW Curaçao; CX Weihnachtsinsel = Christmas
Island; CY Zypern = Cyprus; CZ Tschechien = Czechia; DE Deutschland = Germany; DG Diego Garcia; DJ Dschibuti =
Djibouti; DK Dänemark = Denmark; DM Dominica; DO Dominikanische Republik = Dominican Republic; DZ Algerien =
Algeria; EA Ceuta und Melilla = Ceuta & Melilla; EC Ecuador; EE Estland = Estonia; EG Ägypten = Egypt; EH
Westsahara = Western Sahara; ER Eritrea; ES Spanien = Spain; ET Äthiopien = Ethiopia; EU Europäische Union =
European Union; EZ Eurozone; FI Finnland = Finland; FJ Fidschi = Fiji; FK Falklandinseln = Falkland Islands;
FM Mikronesien = Micronesia; FO Färöer = Faroe Islands; FR Frankreich = France; GA Gabun = Gabon; GB
Vereinigtes Königreich = United Kingdom; GD Grenada; GE Georgien = Georgia; GF Französisch-Guayana = French
Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Grönland = Greenland; GM Gambia; GN Guinea; GP Guadeloupe; GQ
Äquatorialguinea = Equatorial Guinea; GR Griechenland = Greece; GS Südgeorgien und die Südlichen
Sandwichinseln = South Georgia & South Sandwich Islands; GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana;
HK Sonderverwaltungsregion Hongkong = Hong Kong SAR China; HM Heard und McDonaldinseln = Heard & McDonald
Islands; HN Honduras; HR Kroatien = Croatia; HT Haiti; HU Ungarn = Hungary; IC Kanarische Inseln = Canary
Islands; ID Indonesien = Indonesia; IE Irland = Ireland; IL Israel; IM Isle of Man; IN Indien = India; IO
Britisches Territorium im Indischen Ozean = British Indian Ocean Territory; IQ Irak = Iraq; IR Iran; IS Island
= Iceland; IT Italien = Italy; JE Jersey; JM Jamaika = Jamaica; JO Jordanien = Jordan; JP Japan; KE Kenia =
Kenya; KG Kirgisistan = Kyrgyzstan; KH Kambodscha = Cambodia; KI Kiribati; KM Komoren = Comoros; KN St. Kitts
und Nevis = St. Kitts & Nevis; KP Nordkorea = North Korea; KR Südkorea = South Korea; KW Kuwait; KY
Kaimaninseln = Cayman Islands; KZ Kasachstan = Kazakhstan; LA Laos; LB Libanon = Lebanon; LC St. Lucia; LI
Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Litauen = Lithuania; LU Luxemburg = Luxembourg; LV
Lettland = Latvia; LY Libyen = Libya; MA Marokko = Morocco; MC Monaco; MD Republik Moldau = Moldova; ME
Montenegro; MF St. Martin; MG Madagaskar = Madagascar; MH Marshallinseln = Marshall Islands; MK Nordmazedonien
= North Macedonia; ML Mali; MM Myanmar = Myanmar (Burma); MN Mongolei = Mongolia; MO Sonderverwaltungsregion
Macau = Macao SAR China; MP Nördliche Marianen = Northern Mariana Islands; MQ Martinique; MR Mauretanien =
Mauritania; MS Montserrat; MT Malta; MU Mauritius; MV Malediven = Maldives; MW Malawi; MX Mexiko = Mexico; MY
Malaysia; MZ Mosambik = Mozambique; NA Namibia; NC Neukaledonien = New Caledonia; NE Niger; NF Norfolkinsel =
Norfolk Island; NG Nigeria; NI Nicaragua; NL Niederlande = Netherlands; NO Norwegen = Norway; NP Nepal; NR
Nauru; NU Niue; NZ Neuseeland = New Zealand; OM Oman; PA Panama; PE Peru; PF Französisch-Polynesien = French
Polynesia; PG Papua-Neuguinea = Papua New Guinea; PH Philippinen = Philippines; PK Pakistan; PL Polen =
Poland; PM St. Pierre und Miquelon = St. Pierre & Miquelon; PN Pitcairninseln = Pitcairn Islands; PR Puerto
Rico; PS Palästinensische Autonomiegebiete = Palestinian Territories; PT Portugal; PW Palau; PY Paraguay; QA
Katar = Qatar; QO Äußeres Ozeanien = Outlying Oceania; RE Réunion; RO Rumänien = Romania; RS Serbien = Serbia;
RU Russland = Russia; RW Ruanda = Rwanda; SA Saudi-Arabien = Saudi Arabia; SB Salomonen = Solomon Islands; SC
Seychellen = Seychelles; SD Sudan; SE Schweden = Sweden; SG Singapur = Singapore; SH St. Helena; SI Slowenien
= Slovenia; SJ Spitzbergen und Jan Mayen = Svalbard & Jan Mayen; SK Slowakei = Slovakia; SL Sierra Leone; SM
San Marino; SN Senegal; SO Somalia; SR Suriname; SS Südsudan = South Sudan; ST São Tomé und Príncipe = São
Tomé & Príncipe; SV El Salvador; SX Sint Maarten; SY Syrien = Syria; SZ Eswatini; TA Tristan da Cunha; TC
Turks- und Caicosinseln = Turks & Caicos Islands; TD Tschad = Chad; TF Französische Süd- und Antarktisgebiete
= French Southern Territories; TG Togo; TH Thailand; TJ Tadschikistan = Tajikistan; TK Tokelau; TL
Timor-Leste; TM Turkmenistan; TN Tunesien = Tunisia; TO Tonga; TR Türkei = Türkiye; TT Trinidad und Tobago =
Trinidad & Tobago; TV Tuvalu; TW Taiwan; TZ Tansania = Tanzania; UA Ukraine; UG Uganda; UM Amerikanische
Überseeinseln = U.S. Outlying Islands; UN Vereinte Nationen = United Nations; US Vereinigte Staaten = United
States; UY Uruguay; UZ Usbekistan = Uzbekistan; VA Vatikanstadt = Vatican City; VC St. Vincent und die
Grenadinen = St. Vincent & Grenadines; VE Venezuela; VG Britische Jungferninseln = British Virgin Islands; VI
Amerikanische Jungferninseln = U.S. Virgin Islands; VN Vietnam; VU Vanuatu; WF Wallis und Futuna = Wallis &
Futuna; WS Samoa; XA Pseudo-Akzente = Pseudo-Accents; XB Pseudo-Bidi; XK Kosovo; YE Jemen = Yemen; YT Mayotte;
ZA Südafrika = South Africa; ZM Sambia = Zambia; ZW Simbabwe = Zimbabwe; ZZ Unbekannte Region = Unknown Region
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
