"""More than a server can answer: at once, and again and again; then whether it recovers."""

import asyncio
import time

from open_loop import Asked, OpenLoop, spreads

TIMES = 2
"""So many times what the server answers at full load is offered."""
CONNECTIONS = 1000
BURST = 100


def overload(port: int, request: bytes, rate: float, seconds: float) -> dict:
    """Offer a burst, or for some seconds twice `rate`; then ask once more.

    Args:
        port: of the server.
        request: its bytes.
        rate: requests a second that the server can answer; 0: one burst of 100 at once.
        seconds: how long.
    """
    if rate:
        asked = Asked(port, request)
        found = OpenLoop(asked, rate=TIMES * rate, seconds=seconds, connections=CONNECTIONS).run()
    else:
        found = asyncio.run(burst(port, request, BURST))
    time.sleep(3)
    after = asyncio.run(burst(port, request, 1))
    return {**found, "afterwards": after["answers"]}


async def burst(port: int, request: bytes, clients: int) -> dict:
    """Send one request on each of many connections at once; how were they answered, how fast?"""
    found: dict[str, list[float]] = {}
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started = time.perf_counter()
        writer.write(request)
        status = (await reader.readline()).split()[1].decode()
        found.setdefault(status, []).append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(one(*each) for each in opened))
    return {"answers": spreads(found)}
