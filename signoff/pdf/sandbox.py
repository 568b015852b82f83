"""The walls around the press: limits of the system; no network, no other programs, no files but its own."""

import os
import resource
import site
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FORBIDDEN_EVENTS = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.fork",
    }
)
MAX_FILE_SIZE = 64 * 1024**2  # bytes; WeasyPrint lays fonts into its folder
# Where libraries and the days of time zones lie; of a folder that is not there, nothing is read.
SYSTEM_PATHS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
)


def limit_resources(memory: int, processor: int) -> None:
    """Bounds address space (bytes), processor time (seconds), written files and core dumps of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_SIZE, MAX_FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def enter_sandbox(own: Iterable[Path], folder: Path) -> bool:
    """From here on this process opens no connection, starts no program, reads nothing but what is installed and
    ``own`` (the package, templates, fonts), and writes nothing but into ``folder``.

    Call it once everything is imported. Python's own calls are refused on every system; gives whether the kernel
    refuses the libraries' calls too (Landlock, Linux 5.13 and later).
    """
    readable = [path.resolve() for path in (*list_installed_paths(), *own) if path.exists()]
    folder = folder.resolve()
    closed = apply_landlock(readable, folder)
    roots = tuple(f"{path}{os.sep}" for path in (*readable, folder))

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN_EVENTS:
            raise PermissionError(f"the press must not: {event}")
        if event == "open" and isinstance(arguments[0], str | bytes):
            name = os.path.realpath(os.fsdecode(arguments[0]))
            if not f"{name}{os.sep}".startswith(roots):
                raise PermissionError(f"the press must not open {name}")

    sys.addaudithook(refuse)
    return closed


def list_installed_paths() -> list[Path]:
    """Where Python, its packages and the libraries they load lie."""
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return [Path(name) for name in sorted({*python, *site.getsitepackages(), *SYSTEM_PATHS})]


def apply_landlock(readable: Iterable[Path], folder: Path) -> bool:
    """What Python cannot see, the opening of files by libraries in C, is the kernel's to refuse."""
    with suppress(ImportError, OSError):
        from landlock import FSAccess, Ruleset

        rules = Ruleset()
        for path in readable:
            rules.allow(
                path,
                rules=FSAccess.READ_FILE | (FSAccess.READ_DIR if path.is_dir() else FSAccess(0)),
            )
        rules.allow(folder)
        rules.apply()
        return True
    return False
