"""Visits of one page at a steady pace that does not wait for the answers, each over a connection of its own."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 120.0  # seconds for one answer; the crowd before it may be long


@dataclass(frozen=True)
class Flood:
    """The result: the number of each status (0: refused or interrupted) and the seconds until the last answer."""

    statuses: Counter[int]
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second, from the first request to the last answer."""
        return self.statuses.total() / self.seconds


def flood(address: str, rate: int, seconds: int) -> Flood:
    """Visit ``address`` ``rate`` times in each of so many seconds, whether or not the server keeps up."""
    start = time.monotonic()
    with ThreadPoolExecutor(1) as apart:  # in the caller's thread Playwright has a loop of its own
        statuses = apart.submit(lambda: asyncio.run(visits(address, rate, rate * seconds))).result()
    return Flood(Counter(statuses), time.monotonic() - start)


async def visits(address: str, rate: int, number: int) -> list[int]:
    start = time.monotonic()

    async def visit_at(at: int) -> int:
        await asyncio.sleep(start + at / rate - time.monotonic())
        return await asyncio.wait_for(visit(address), PATIENCE)

    return await asyncio.gather(*(visit_at(at) for at in range(number)))


async def visit(address: str) -> int:
    """The status if the page arrived completely, otherwise 0."""
    parts = urlsplit(address)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    try:
        answer, wire = await asyncio.open_connection("127.0.0.1", parts.port)
        wire.write(request.encode())
        content = await answer.read()
        wire.close()
    except OSError:
        return 0
    is_complete = content.rstrip().endswith(b"</html>")
    return int(content.split(None, 2)[1]) if is_complete else 0
