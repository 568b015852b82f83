"""Verify untrusted PDFs in a separate process with limits.

``python -m signoff.pdf.examination`` reads from standard input eight bytes with the length of the
certificates (PEM), the certificates, and the file; it writes the report as JSON to standard output.
"""

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from signoff.domain.documents import ListDifference, VerificationCheck, VerificationReport

PACKAGE_FOLDER = Path(__file__).parent.parent
MAX_IMPORT_SECONDS = 30  # of processor time for our own modules, before the file is read
MAX_REPORT_SIZE = 1024**2  # bytes; nobody needs longer names than that


@dataclass(frozen=True, slots=True)
class ExaminationLimits:
    """The resources of one examination; ``choose_limits`` scales them with the size of the file."""

    memory: int  # bytes of address space, Python included
    cpu_seconds: int
    wall_seconds: float  # ends what hangs; on a busy machine an examination merely waits


def choose_limits(size: int) -> ExaminationLimits:
    """The limits for a file of ``size`` bytes.

    A list of all German municipalities has 3.8 MB and takes 410 MiB and 11 seconds, one of 250 has
    0.2 MB and takes 142 MiB and a second. Cross-reference tables and streams can unpack to a
    thousand times their size.
    """
    cpu_seconds = min(2 + 4 * size // 10**6, 20)
    return ExaminationLimits(
        memory=min(256 * 1024**2 + 64 * size, 512 * 1024**2),
        cpu_seconds=cpu_seconds,
        wall_seconds=30.0 + 2 * cpu_seconds,
    )


def verify_in_subprocess(content: bytes, certificates: bytes = b"") -> VerificationReport:
    """The report on ``content``.

    A file that crashes the process or exceeds its limits of memory and processor time is not
    readable. Whether it is remains open where only the wall-clock time has run out, because the
    machine has too much else to do.
    """
    limits = choose_limits(len(content))
    with TemporaryDirectory(prefix="signoff-verify-") as folder:
        try:
            result = subprocess.run(
                [
                    sys.executable,
                    "-s",
                    "-m",
                    "signoff.pdf.examination",
                    str(limits.memory),
                    str(limits.cpu_seconds),
                ],
                input=len(certificates).to_bytes(8, "big") + certificates + content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": str(PACKAGE_FOLDER.parent),
                    "HOME": folder,
                    "PYTHONUTF8": "1",
                },
                timeout=limits.wall_seconds,
            )
        except subprocess.TimeoutExpired:
            return VerificationReport({VerificationCheck.READABLE: None})
    if result.returncode:
        return VerificationReport({VerificationCheck.READABLE: False})
    return parse_report(result.stdout)


def serialize_report(report: VerificationReport) -> bytes:
    return json.dumps(asdict(report), default=lambda moment: moment.isoformat()).encode()


def parse_report(content: bytes) -> VerificationReport:
    data = json.loads(content)
    data["checks"] = {VerificationCheck(name): passed for name, passed in data["checks"].items()}
    for name in ("sealed_at", "stamped_at"):
        data[name] = datetime.fromisoformat(data[name]) if data[name] else None
    if data["difference"]:
        data["difference"] = ListDifference(**data["difference"])
    return VerificationReport(
        **{field.name: data[field.name] for field in fields(VerificationReport)}
    )


def main(memory: int, cpu_seconds: int) -> int:
    """Examine the file in this process, and return its exit status."""
    from signoff.pdf import sandbox

    sandbox.limit_resources(memory, MAX_IMPORT_SECONDS + cpu_seconds)
    from cryptography import x509

    from signoff.pdf.verify import verify_pdf

    used = min(math.ceil(time.process_time()), MAX_IMPORT_SECONDS)
    sandbox.limit_resources(memory, used + cpu_seconds)
    request = sys.stdin.buffer.read()
    end = 8 + int.from_bytes(request[:8], "big")
    trusted = x509.load_pem_x509_certificates(request[8:end]) if end > 8 else []
    sandbox.enter_sandbox([PACKAGE_FOLDER], Path.cwd())
    report = serialize_report(verify_pdf(request[end:], trusted))
    if len(report) > MAX_REPORT_SIZE:
        return 1
    sys.stdout.buffer.write(report)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
