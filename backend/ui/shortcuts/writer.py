"""A socket's writer waits for packets without a timer.

engine.io's writer asks for each packet within a time-out, which on Python 3.11 makes a task and a
timer each time: 30 µs a frame. A WebSocket needs none: a dead one is found by its pings, and its
writer ended by the packet `None`. Long polling keeps its time-out.
"""

from __future__ import annotations

from engineio.async_socket import AsyncSocket
from engineio.packet import Packet

from backend.ui.socket import WRITER_WAITS


def take() -> None:
    """Replace `poll` for WebSockets."""
    engineios_own = AsyncSocket.poll

    async def poll(socket: AsyncSocket) -> list[Packet]:
        if not socket.upgraded:
            polled: list[Packet] = await engineios_own(socket)
            return polled
        return await waiting_packets(socket)

    AsyncSocket.poll = poll


async def waiting_packets(socket: AsyncSocket) -> list[Packet]:
    """All packets that wait, as soon as there is one; none at the socket's end."""
    queue = socket.queue
    packets = []
    setattr(socket, WRITER_WAITS, True)
    try:
        packet = await queue.get()
    finally:
        setattr(socket, WRITER_WAITS, False)
    queue.task_done()
    while packet is not None:
        packets.append(packet)
        if queue.empty():
            return packets
        packet = queue.get_nowait()
        queue.task_done()
    if packets:
        queue.put_nowait(None)  # the end, for the next time
    return packets
