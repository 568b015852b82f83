"""Messages per second: the worker's delivery compared with a plain ``smtplib`` loop.

Both send to one process that takes everything (aiosmtpd), over one connection, messages of the same
size, in turn: a block of the loop, a block of the worker, so that whatever else runs on the machine
slows both.
"""

import argparse
import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from signoff import actions
from signoff.mail.transport import SmtpTransport
from tests.factories import member
from tests.world import World, new_world

SINK = """
import sys, time
from aiosmtpd.controller import Controller

class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

controller = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.read()
"""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=11_084)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--block", type=int, default=500)
    arguments = parser.parse_args()
    port = free_port()
    sink = subprocess.Popen(
        [sys.executable, "-c", SINK, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert sink.stdout
    sink.stdout.readline()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(
                new_world(Path(folder)),
                port,
                arguments.members,
                arguments.messages,
                arguments.block,
            )
    finally:
        assert sink.stdin
        sink.stdin.close()
        sink.wait()


def measure(world: World, port: int, members: int, messages: int, block: int) -> None:
    rows = [
        member(f"{i:08d}", f"Ort {i}", f"Gemeinde Ort {i}", f"rathaus@ort{i % 400}.example")
        for i in range(members)
    ]
    world.enrol(rows)
    world.paper()
    began = time.perf_counter()
    world.open()
    print(f"owing {members:,} invitations: {time.perf_counter() - began:.2f} s")

    post = SmtpTransport(f"smtp://127.0.0.1:{port}")
    tools = replace(world.services, send_mail=post)
    loop = smtplib.SMTP("127.0.0.1", port)
    loop.ehlo()
    bare = delivered = bare_cpu = delivered_cpu = 0.0
    sent = 0
    example = example_of(world)
    print(
        "| messages | bare loop, a second | delivery, a second | ratio | of processor | resident MB |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
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
        while done < block and (now := actions.mail.deliver_batch(world.db, tools, "bench")):
            done += now
        delivered, delivered_cpu = (
            delivered + time.perf_counter() - began,
            delivered_cpu + time.process_time() - cpu,
        )
        sent += done
        if sent in (1_000, messages) or done < block:
            rate, own = sent / bare, sent / delivered
            cpu = delivered_cpu / sent * 1000
            print(
                f"| {sent:,} | {rate:,.0f} | {own:,.0f} | {own / rate:.2f} | {cpu:.2f} ms | {resident():.0f} |"
            )
        if done < block:
            break
    print(
        f"bytes a message: {len(example):,}; of processor in the bare loop: {bare_cpu / sent * 1000:.2f} ms"
    )
    loop.quit()
    post.close()


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
