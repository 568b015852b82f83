"""``verify`` in a process of its own: a stranger's file is read within limits, away from everything else.

``python -m signoff.pdf.examination`` takes on standard input eight bytes with the length of the certificates (PEM),
the certificates, the file; on standard output it says the report as JSON.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from signoff.domain.documents import Check, Report

MEMORY = 2 * 1024**3  # bytes of address space
PROCESSOR, CLOCK = 120, 180.0  # seconds; a list of all German municipalities takes a tenth
PACKAGE = Path(__file__).parent.parent


def examine(content: bytes, certificates: bytes = b"") -> Report:
    """The report on ``content``; ``certificates`` are PEM, see ``verify``. Whatever breaks the reader is not ours."""
    with TemporaryDirectory(prefix="signoff-verify-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-s", "-m", "signoff.pdf.examination"],
                input=len(certificates).to_bytes(8, "big") + certificates + content,
                capture_output=True,
                cwd=folder,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": str(PACKAGE.parent),
                    "HOME": folder,
                    "PYTHONUTF8": "1",
                },
                timeout=CLOCK,
            )
        except subprocess.TimeoutExpired:
            return Report({Check.READABLE: False})
    if done.returncode:
        return Report({Check.READABLE: False})
    return read(done.stdout)


def written(report: Report) -> bytes:
    """``report`` as JSON, moments as ISO 8601."""
    return json.dumps(asdict(report), default=lambda moment: moment.isoformat()).encode()


def read(said: bytes) -> Report:
    told = json.loads(said)
    told["checks"] = {Check(name): holds for name, holds in told["checks"].items()}
    for name in ("sealed_at", "stamped_at"):
        told[name] = datetime.fromisoformat(told[name]) if told[name] else None
    return Report(**{each.name: told[each.name] for each in fields(Report)})


def main() -> None:
    from signoff.pdf import sandbox

    sandbox.limit(MEMORY, PROCESSOR)
    from cryptography import x509

    from signoff.pdf.verify import verify

    given = sys.stdin.buffer.read()
    end = 8 + int.from_bytes(given[:8], "big")
    trusted = x509.load_pem_x509_certificates(given[8:end]) if end > 8 else []
    sandbox.close([PACKAGE], Path.cwd())
    sys.stdout.buffer.write(written(verify(given[end:], trusted)))


if __name__ == "__main__":
    main()
