"""The press: a process that has imported WeasyPrint once and forks for each print.

``process.Press`` starts it with the descriptor of a socket and the seconds it may be idle. Each
message on it brings two more sockets. The forked child reads a line of JSON with limits and folders
from the first, then the document. It answers with a line of JSON for each finished step, a last one
with the result, and the PDF. When the client shuts down the second socket, the child is killed.
"""

import gc
import json
import os
import signal
import sys
import tempfile
from io import BufferedRWPair
from pathlib import Path
from select import select
from socket import SHUT_RD, recv_fds, socket

from weasyprint import HTML

from signoff.config import static_folder, templates_folder
from signoff.domain.errors import PRINT_INTERRUPTED, PrintError
from signoff.i18n.catalogue import LANGUAGES
from signoff.pdf import sandbox, tables, weasyprint
from signoff.pdf.process import PACKAGE_FOLDER, STYLE_FILES, parse_document
from signoff.pdf.render import TABLE_FONT, build_jinja_environment, print_document


def fork_for_prints(control: socket, idle_seconds: float) -> socket | None:
    """Fork for each print, and kill what the client does not wait for any more.

    Returns the socket of the print in the child; in the press nothing, once the client has gone or
    has printed nothing for ``idle_seconds``.
    """
    children: dict[socket, int] = {}
    while True:
        ready, _, _ = select([*children, control], [], [], None if children else idle_seconds)
        if not ready:
            control.shutdown(SHUT_RD)  # later messages fail; one that has arrived is still read
        for source in ready:
            if source is not control:
                process_id = children.pop(source)
                os.kill(process_id, signal.SIGKILL)
                os.waitpid(process_id, 0)
                source.close()
                continue
            _, descriptors, _, _ = recv_fds(control, 1, 2)
            if not descriptors:
                return None
            job, leash = (socket(fileno=descriptor) for descriptor in descriptors)
            process_id = os.fork()
            if not process_id:
                for other in (*children, control, leash):
                    other.close()
                return job
            job.close()
            children[leash] = process_id


def print_job(stream: BufferedRWPair) -> None:
    """Print in this process what ``process.print_in_subprocess`` asks for."""

    def write_status(**fields: object) -> None:
        stream.write(json.dumps(fields).encode() + b"\n")
        stream.flush()

    order = json.loads(stream.readline())
    sandbox.limit_resources(order["memory"], order["cpu_seconds"])
    try:
        folder, templates, static = map(Path, order["folders"])
        os.chdir(folder)
        os.environ |= {"HOME": str(folder), "TMPDIR": str(folder)}
        tempfile.tempdir = str(folder)
        sandbox.enter_sandbox((PACKAGE_FOLDER, templates, static), folder)
        printed = print_document(
            parse_document(stream.read()),
            templates,
            static,
            lambda step, steps: write_status(step=step, steps=steps),
        )
    except PrintError as error:
        write_status(failed=str(error))
    except MemoryError:
        write_status(failed=PRINT_INTERRUPTED)
    except RecursionError:
        write_status(failed="der Text ist zu tief verschachtelt")
    else:
        write_status(sha256=printed.sha256, pages=printed.pages)
        stream.write(printed.content)
        stream.flush()


def warm_up() -> None:
    """Do once what every print does; nothing that starts a thread, which a child would lack."""
    language, folder = LANGUAGES[0], templates_folder()
    weasyprint.parse_c_types()
    weasyprint.prepare_hyphenation(language)
    environment = build_jinja_environment(folder, language)
    fetcher = weasyprint.PackagedFilesFetcher({"pdf/": folder / "pdf"})
    for path in (folder / "pdf").glob("*.html"):
        environment.get_template(f"pdf/{path.name}")
        HTML(url=f"{weasyprint.URL_SCHEME}pdf/{path.name}", url_fetcher=fetcher)
    for name in STYLE_FILES:
        if name.endswith(".css"):
            weasyprint.parse_style_sheet(folder / "pdf", name)
    weasyprint.parse_default_style_sheet()
    tables.read_advances(static_folder() / TABLE_FONT)
    sandbox.list_installed_paths()


def main(descriptor: str, idle_seconds: str) -> None:
    warm_up()
    gc.disable()  # not worthwhile in short-lived processes
    gc.freeze()
    job = fork_for_prints(socket(fileno=int(descriptor)), float(idle_seconds))
    if job:
        print_job(job.makefile("rwb"))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    finally:
        os._exit(0)  # skip the slow deallocation of the box tree
