"""One spelling for each value: what digests are computed over."""

import json
from hashlib import sha256


def canonical_json(value: object) -> bytes:
    """``value`` as UTF-8 JSON with sorted keys and no white space.

    It is RFC 8785 for what Signoff puts into it: strings, integers, booleans, null, lists and objects (no floats).
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON of ``value``, as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()
