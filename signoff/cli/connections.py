"""How the server lets go of a connection: at once, and never on the thread that lets everybody in."""

import socket
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

LATE = 1.0  # seconds for the rest of a request that was answered before it was read
MOST = 16  # pieces of it that are read and thrown away
PIECE = 65536


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads. Its accepting thread waits up to two seconds for a client to close its half of a connection;
    here the half has been shut before, so that the client that never does holds nobody up.
    """

    def handle(self, conn: Any) -> Any:
        """One request, in a thread of the pool; true where the connection is kept."""
        kept = super().handle(conn)
        if not kept:
            shut(conn.sock)
        return kept


def shut(sock: socket.socket) -> None:
    """End both halves. What is still unread is read first: closing upon it would cut the answer off (RFC 9112, 9.6)."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(0)
        for _ in range(MOST):
            if not sock.recv(PIECE):
                break
            sock.settimeout(LATE)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)
