"""How returned mail is classified: every message below the folders that are named.

``python bench/returns.py FOLDER …`` prints a Markdown table with the share of each outcome and,
with ``--names``, the files of each outcome but the bounces. Nothing is stored, and nothing is
fetched.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from signoff.domain.mail import BounceType
from signoff.mail.bounces import classify_message
from signoff.mail.message import BouncePath

OUTCOMES = {
    BounceType.BOUNCE: "hard",
    BounceType.DELAY: "soft",
    BounceType.AUTOREPLY: "automatic",
    BounceType.REPLY: "reply",
    BounceType.UNKNOWN: "unknown",
    BounceType.UNREADABLE: "unreadable",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--names", action="store_true")
    arguments = parser.parse_args()
    bounce_path = BouncePath("bounces@forum.example", [b"k" * 32])
    print("| folder | messages |", " | ".join(OUTCOMES.values()), "|")
    print("| --- |" + " --- |" * (len(OUTCOMES) + 1))
    for folder in arguments.folders:
        found: dict[BounceType, list[str]] = defaultdict(list)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            found[classify_message(path.read_bytes(), bounce_path).bounce_type].append(path.name)
        total = sum(map(len, found.values()))
        shares = [f"{len(found[each])} ({len(found[each]) / total:.1%})" for each in OUTCOMES]
        print(f"| {folder.name} | {total} |", " | ".join(shares), "|")
        for outcome, label in OUTCOMES.items():
            if arguments.names and outcome is not BounceType.BOUNCE:
                print("".join(f"\n{label}: {name}" for name in found[outcome]))


if __name__ == "__main__":
    main()
