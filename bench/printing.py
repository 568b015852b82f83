"""What a print costs: seconds, memory and size by number of signatories and layout.

``python bench/printing.py`` prints a Markdown table; ``--counts 0 50`` measures these alone,
``--runs 5`` takes the best of five. The press is warm; the line above the table says what starting
it costs, and what it holds while it is idle.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.results import Figure, measure_pace, record
from signoff.pdf import keys
from signoff.pdf.process import Press, get_press, print_in_subprocess
from signoff.pdf.signatory_list import MAX_TABLE_ROWS
from signoff.pdf.signature import seal_pdf
from signoff.pdf.verify import verify_pdf
from tests.pdf import documents, reader  # noqa: E402

KEY = keys.load_key(keys.generate_key("Verband"))
COUNTS = (0, 50, 250, 2_500, 11_084)
GOALS = {250: 0.6, 2_500: 1.5, 11_084: 5.0}  # seconds to print and to seal, by signatories
MEMORY_GOAL = 450  # MB, at most


@dataclass(frozen=True)
class Cost:
    """One print: wall clock and processor time in seconds, peak memory in MB, size in kB."""

    seconds: float
    processor: float
    memory: float
    size: float
    pages: int
    sealing: float


def measure(count: int, layout: str) -> Cost:
    press = get_press()
    print_in_subprocess(documents.draft())  # the press is warm now
    processor, start = used_by_prints(press), time.perf_counter()
    content = print_in_subprocess(documents.document(count, layout=layout)).content
    seconds, processor = time.perf_counter() - start, used_by_prints(press) - processor
    get_press.cache_clear()
    press.control.close()
    _pid, _status, used = os.wait4(press.process.pid, 0)
    return Cost(
        seconds,
        processor,
        used.ru_maxrss / 1024,
        len(content) / 1000,
        len(reader.opened(content).pages),
        sealed(content),
    )


def used_by_prints(press: Press) -> float:
    """Seconds of processor time of the prints of this press so far."""
    fields = Path(f"/proc/{press.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def start() -> str:
    """What a new press and its first print cost, and the memory that it holds without a print."""
    begin = time.perf_counter()
    print_in_subprocess(documents.draft())
    seconds = time.perf_counter() - begin
    lines = Path(f"/proc/{get_press().process.pid}/smaps_rollup").read_text().splitlines()
    pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return f"A new press and a draft: {seconds:.2f} s; idle, the press holds {pss / 1024:.0f} MB."


def sealed(content: bytes) -> float:
    """Seconds to seal and verify a file as the worker does; imports are done before."""
    start = time.perf_counter()
    assert verify_pdf(seal_pdf(content, KEY).content, [KEY.certificate]).genuine
    return time.perf_counter() - start


def beside(count: int) -> tuple[float, float]:
    """Seconds and peak MB of Typst with the same list."""
    start = time.perf_counter()
    command = [sys.executable, str(ROOT / "bench" / "beside.py"), str(count)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (
        (time.perf_counter() - start, used.ru_maxrss / 1024)
        if not process.returncode
        else (0.0, 0.0)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", nargs="*", type=int, default=COUNTS)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    figures: list[Figure] = []
    print(f"Measure of the machine: a million additions in Python take {measure_pace():.0f} ms.")
    print(f"{start()}\n")
    print(
        "| signatories | layout | printing, s | of processor | sealing and examining, s | peak MB | kB | pages |"
    )
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in arguments.counts:
        for layout in ("state", "place"):
            best = min(
                (measure(count, layout) for _run in range(arguments.runs)),
                key=lambda cost: cost.seconds,
            )
            how = f"by {layout}, {'tables' if layout == 'state' and count <= MAX_TABLE_ROWS else 'lines'}"
            print(
                f"| {count:,} | {how} | {best.seconds:.2f} | {best.processor:.2f} | {best.sealing:.2f} "
                f"| {best.memory:.0f} | {best.size:,.0f} | {best.pages} |",
                flush=True,
            )
            name, seconds = f"{count:,} signatories by {layout}", best.seconds + best.sealing
            figures += [
                Figure(f"{name}: printing and sealing", seconds, "s", at_most=GOALS.get(count)),
                Figure(f"{name}: memory", best.memory, "MB", at_most=MEMORY_GOAL),
            ]
        if find_spec("typst"):
            seconds, memory = min(beside(count) for _run in range(arguments.runs))
            print(
                f"| {count:,} | Typst, a table | {seconds:.2f} | | | {memory:.0f} | | |", flush=True
            )
    record("printing", figures)


if __name__ == "__main__":
    main()
