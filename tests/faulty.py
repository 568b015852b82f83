"""``signoff`` with a fault: ``python -m tests.faulty serve --instance …``.

The file ``fault`` in the instance says which one and what words it raises, as long as it is there. The worker's process
has the same faults.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import jinja2

from signoff import app, store
from signoff.cli.main import main, parse_instance_option
from signoff.domain.delivery import DeliveryError
from signoff.mail.transport import FolderTransport
from signoff.store.connection import DatabaseError, OperationalError
from signoff.web import errors, security
from signoff.worker import Worker

FOLDER, _ = parse_instance_option(sys.argv[1:])


def break_down(
    owner: Any, name: str, fault: str, kind: Callable[[str], Exception] = RuntimeError
) -> None:
    """Let ``owner.name`` raise while there is this fault."""
    sound: Callable[..., Any] = getattr(owner, name)

    def faulty(*arguments: Any, **options: Any) -> Any:
        file = FOLDER / "fault"
        current, _, words = (
            file.read_text("utf-8").partition(" ") if file.exists() else ("", "", "")
        )
        if current == fault:
            raise kind(words)
        return sound(*arguments, **options)

    setattr(owner, name, faulty)


break_down(store.association, "get", "database", OperationalError)
break_down(store.association, "get", "damage", DatabaseError)
break_down(jinja2.Template, "render", "template")
break_down(errors, "render_error", "handler")
break_down(errors, "handle_unexpected_error", "handler")
break_down(app.Application, "full_dispatch_request", "handler")
break_down(app.Application, "finalize_request", "application")
break_down(Worker, "close_rounds", "worker")
break_down(FolderTransport, "__call__", "delivery", partial(DeliveryError, server=True))
break_down(FolderTransport, "__call__", "mail")

security.limiter.enabled = False

if __name__ == "__main__":
    main()
