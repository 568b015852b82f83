"""Processor time of a representative's page while nobody else has answered, and while all have.

``python bench/side_channel.py [--members 300]``: two instances take turns of a few requests, so
that what else the machine does slows both. The ratio has to be 1: time must tell nothing about
others.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.factories import member, sign
from tests.world import BASE, new_world

REQUESTS = 5  # in a turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=300)
    parser.add_argument("--turns", type=int, default=100)
    options = parser.parse_args()
    emails = [f"amt@stadt{number}.example" for number in range(options.members)]
    rows = [
        member(f"{number:05}", f"Stadt {number}", f"Stadt {number}", email)
        for number, email in enumerate(emails)
    ]
    with TemporaryDirectory() as folder:
        pages = []
        for name in ("alone", "together"):
            (Path(folder) / name).mkdir()
            world = new_world(Path(folder) / name)
            world.opened(rows=rows)
            answering = emails if name == "together" else emails[:1]
            for email in answering:
                world.answer(email, sign(), form=email)
            pages.append((world.build_app().test_client(), f"/s/{world.links()[emails[0]]}"))
        seconds: tuple[list[float], list[float]] = [], []
        for _ in range(options.turns):
            for (client, path), found in zip(pages, seconds, strict=True):
                start = time.process_time()
                for _each in range(REQUESTS):
                    assert client.get(path, base_url=BASE).status_code == 200
                found.append((time.process_time() - start) / REQUESTS)
        alone, together = (statistics.median(found) for found in seconds)
        ratio = statistics.median(b / a for a, b in zip(*seconds, strict=True))
        print(f"alone {alone * 1000:.2f} ms, together {together * 1000:.2f} ms, ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
