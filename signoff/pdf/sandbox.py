"""Sandbox of the PDF processes: resource limits, no network, no programs, few files."""

import os
import resource
import site
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

if sys.platform == "linux":
    from landlock import FSAccess, Ruleset

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
MAX_FILE_SIZE = 64 * 1024**2  # bytes; WeasyPrint writes fonts into its folder
# Libraries and time zones; missing paths are ignored.
SYSTEM_PATHS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
)


def limit_resources(memory: int, cpu_seconds: int) -> None:
    """Limit address space (bytes), CPU time, written files and core dumps of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_SIZE, MAX_FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def enter_sandbox(own: Iterable[Path], folder: Path) -> bool:
    """Forbid connections, other programs, and access to other files.

    Installed paths and ``own`` can be read, ``folder`` can be written.
    Call it after all imports. An audit hook refuses calls of Python on every system. Returns
    whether the kernel also refuses those of C libraries (Landlock, Linux 5.13 and later).
    """
    readable = [path.resolve() for path in (*list_installed_paths(), *own) if path.exists()]
    folder = folder.resolve()
    kernel_enforced = apply_landlock(readable, folder)
    roots = tuple(f"{path}{os.sep}" for path in (*readable, folder))

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN_EVENTS:
            raise PermissionError(f"forbidden in the sandbox: {event}")
        if event == "open" and isinstance(arguments[0], str | bytes):
            name = os.path.realpath(os.fsdecode(arguments[0]))
            if not f"{name}{os.sep}".startswith(roots):
                raise PermissionError(f"the sandbox must not open {name}")

    sys.addaudithook(refuse)
    return kernel_enforced


@cache
def list_installed_paths() -> list[Path]:
    """The paths of Python, its packages and their libraries."""
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return [Path(name) for name in sorted({*python, *site.getsitepackages(), *SYSTEM_PATHS})]


def has_landlock() -> bool:
    """Whether the kernel of this machine can refuse file access of C libraries."""
    with suppress(ImportError, OSError):
        from landlock import landlock_abi_version

        return bool(landlock_abi_version() > 0)
    return False


def apply_landlock(readable: Iterable[Path], folder: Path) -> bool:
    """Let the kernel refuse file access of C libraries, which audit hooks do not see."""
    if sys.platform != "linux":
        return False
    with suppress(OSError):
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
