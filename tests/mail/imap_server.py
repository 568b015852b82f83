"""An IMAP server in a thread that knows one user, for checks of login and folder."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, command, *words = line.decode().split()
            answer = "OK done"
            if command.upper() == "CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            if command.upper() == "LOGIN" and words != ['"bounces"', '"geheim"']:
                answer = "NO LOGIN failed"
                if [word.strip('"') for word in words] == ["bounces", "geheim"]:
                    answer = "OK logged in"
            if command.upper() == "SELECT":
                self.wfile.write(b"* 0 EXISTS\r\n")
            self.wfile.write(f"{tag} {answer}\r\n".encode())


@contextmanager
def imap_server() -> Iterator[int]:
    """The port of a server that takes ``bounces`` with the password ``geheim``."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
