"""Messages per second: the worker's delivery compared with a plain ``smtplib`` loop.

Both send to one process that takes everything (aiosmtpd), over one connection, messages of the same
size, in turn: a block of the loop, a block of the worker, so that whatever else runs on the machine
slows both. Once the server offers PIPELINING, once not; ``smtplib`` makes no use of it.
"""

import argparse
import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.results import Figure, record
from signoff import actions
from signoff.actions.mail import AwaitReply
from signoff.mail.message import serialize_message
from signoff.mail.transport import SmtpTransport
from tests.factories import member
from tests.world import World, new_world

SINK = """
import sys
from aiosmtpd.controller import Controller

class Sink:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses[:1] + sys.argv[2:] + responses[1:]

    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

controller = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.read()
"""
ROW = "| {} | {:,} | {:,.0f} | {:,.0f} | {:.2f} | {:.2f} | {:.2f} | {:.0f} | {:.0f} |"


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000, help="to each server")
    parser.add_argument("--block", type=int, default=250)
    parser.add_argument("--alone", action="store_true", help="without a server and the loop")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = new_world(Path(folder))
        if arguments.alone:
            enqueue(world, arguments.messages)
            measure_alone(world, arguments.messages, arguments.block)
            return
        enqueue(world, 2 * arguments.messages + arguments.block)
        print("| server | messages | bare loop, a second | delivery, a second | ratio", end=" ")
        print("| of processor, ms | bare | resident MB | grown |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        figures = []
        for name, extensions, goal in (
            ("without PIPELINING", [], 0.75),
            ("with PIPELINING", ["250-PIPELINING"], 1.0),
        ):
            with serving_sink(extensions) as port:
                ratio, grown = measure(world, port, name, arguments.messages, arguments.block)
            figures.append(Figure(f"delivery beside a bare loop, {name}", ratio, at_least=goal))
        figures.append(Figure("memory grown by the second run", grown, "MB", at_most=5))
        record("mail", figures)


@contextmanager
def serving_sink(extensions: list[str]) -> Iterator[int]:
    """The port of a server, in a process of its own, that takes everything."""
    port = free_port()
    command = [sys.executable, "-c", SINK, str(port), *extensions]
    sink = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert sink.stdin
    assert sink.stdout
    sink.stdout.readline()
    try:
        yield port
    finally:
        sink.stdin.close()
        sink.wait()


def enqueue(world: World, number: int) -> None:
    """Enqueue invitations to so many members."""
    rows = [
        member(f"{i:08d}", f"Ort {i}", f"Gemeinde Ort {i}", f"rathaus@ort{i}.example")
        for i in range(number)
    ]
    world.enrol(rows)
    world.paper()
    began = time.perf_counter()
    world.open()
    print(f"owing {number:,} invitations: {time.perf_counter() - began:.2f} s")


def measure(world: World, port: int, name: str, messages: int, block: int) -> tuple[float, float]:
    """The ratio of the two rates, and by how many MB the process has grown meanwhile."""
    post = SmtpTransport(f"smtp://127.0.0.1:{port}")
    services = replace(world.services, send_mail=post)
    loop = smtplib.SMTP("127.0.0.1", port)
    loop.ehlo()
    bare = delivered = bare_cpu = delivered_cpu = 0.0
    sent, example, before = 0, example_of(world), 0.0
    while sent < messages:
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(block):
            loop.sendmail(
                "mitzeichnung@staedteforum.example",
                ["rathaus@ort.example"],
                example,
                ["BODY=8BITMIME"],
            )
        bare, bare_cpu = bare + time.perf_counter() - began, bare_cpu + time.process_time() - cpu
        began, cpu = time.perf_counter(), time.process_time()
        done = 0
        while done < block and (now := actions.mail.deliver_batch(world.db, services, "bench")):
            done += now
        delivered += time.perf_counter() - began
        delivered_cpu += time.process_time() - cpu
        sent += done
        before = before or resident()
        if done < block:
            raise SystemExit(f"{sent} messages were sent, not {messages}")
    loop.quit()
    post.close()
    ratio, grown = bare / delivered, resident() - before
    milliseconds = (delivered_cpu / sent * 1000, bare_cpu / sent * 1000)
    rates = (sent / bare, sent / delivered, ratio)
    print(ROW.format(name, sent, *rates, *milliseconds, resident(), grown), flush=True)
    return ratio, grown


class Nowhere:
    """A transport to a server that takes the bytes of each message at once."""

    def __call__(self, message: EmailMessage) -> None:
        serialize_message(message)

    def start(self, message: EmailMessage) -> AwaitReply:
        self(message)
        return lambda: None


def measure_alone(world: World, messages: int, block: int) -> None:
    """Print the processor's time of a mail, for each block."""
    services = replace(world.services, send_mail=Nowhere())
    figures = []
    for _ in range(messages // block):
        began, done = time.process_time(), 0
        while done < block and (now := actions.mail.deliver_batch(world.db, services, "bench")):
            done += now
        figures.append((time.process_time() - began) / block * 1000)
    rest = figures[1:]  # the first one fills the caches
    print(f"processor, ms a mail: median {median(rest):.2f}, least {min(rest):.2f}")


def example_of(world: World) -> bytes:
    """One of the messages, as bytes."""
    from signoff import store
    from signoff.store.connection import transaction

    messages: list[bytes] = []
    with transaction(world.db):
        (notice,) = store.outbox.claim(world.db, "nobody", [], 1, world.now)
    messages.append(world.services.compose(store.mail.load(world.db, notice), world.now).as_bytes())
    return messages[0]


def resident() -> float:
    """Resident memory of this process, MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
