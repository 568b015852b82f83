"""The evidence of one answer as a file that ``check_receipt.py`` checks without network, database or Signoff."""

import json

from signoff.domain.canonical import digest
from signoff.domain.receipt import Inclusion, Proof

FORMAT = "signoff-receipt-1"


def evidence(about: dict[str, object], proof: Proof) -> bytes:
    """The file. ``about`` says in words what it is about (strings and numbers); ``proof`` is what proves it.

    The checksum over all the rest finds damage; that nobody forged anything is proven by leaf, path and root alone.
    """
    entry = proof.entry
    told: dict[str, object] = {
        "format": FORMAT,
        "about": about,
        "entry": {
            "seq": entry.seq,
            "at": entry.at.isoformat(timespec="microseconds"),
            "event": str(entry.event),
            "actor": entry.actor,
            "subject": entry.subject,
            "details_digest": entry.details_digest,
            "salt": entry.salt.hex(),
        },
        "details": proof.details,
        "details_salt": proof.details_salt,
        "leaf": proof.leaf,
        "then": written(proof.then),
        "now": written(proof.now),
        "consistency": list(proof.consistency),
    }
    told["checksum"] = digest(told)
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def written(inclusion: Inclusion) -> dict[str, object]:
    return {"size": inclusion.size, "root": inclusion.root, "path": list(inclusion.path)}
