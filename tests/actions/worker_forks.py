"""Forks a worker for each line it reads: ``python -m tests.actions.worker_forks INSTANCE``.

It has loaded everything and opened nothing: no connection to the database crosses the fork.
"""

import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from signoff.config import load_settings
from signoff.services import build_services
from signoff.store.connection import connect
from signoff.worker import Worker
from tests.world import NOW


def work(instance: Path) -> None:
    """Send all mail that is due."""
    settings = load_settings(instance)
    db, services = connect(settings.database), replace(build_services(settings), clock=clock)
    with Worker(settings, db, services) as worker:
        while worker.deliver_mail():
            pass


def clock() -> datetime:
    return NOW


def main() -> None:
    instance = Path(sys.argv[1])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(instance)
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
