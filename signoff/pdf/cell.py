"""The walls around the press: limits of the system, and no way to the network or to other programs."""

import resource
import sys

FORBIDDEN = frozenset(
    {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork"}
)
LARGEST_FILE = 64 * 1024**2  # bytes; WeasyPrint lays fonts into its folder


def limit(memory: int, processor: int) -> None:
    """Bounds address space (bytes), processor time (seconds), written files and core dumps of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close() -> None:
    """From here on this process opens no connection and starts no program. Call it once everything is imported."""
    sys.addaudithook(refuse)


def refuse(event: str, _arguments: object) -> None:
    if event in FORBIDDEN:
        raise PermissionError(f"the press must not: {event}")
