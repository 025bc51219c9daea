"""Raw far sides for tests of HTTP: each says exactly the octets it was given, when it was told to, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum

import msgspec
from patience import until

GOOD = b"HTTP/1.1 204 No Content\r\n\r\n"


class End(Enum):
    """What becomes of the connection when everything has been said."""

    STAYS = "stays"
    CLOSES = "closes"
    RESETS = "resets"


class Reads(Enum):
    """What of a request it reads before it answers. The rest stays where it is."""

    ALL = "all"
    HEAD = "head"
    NOTHING = "nothing"


class Says(msgspec.Struct, frozen=True):
    """The answer to one request: pieces with a pause after each, and the end."""

    pieces: tuple[bytes, ...] = ()
    end: End = End.STAYS
    pause: float = 0.003
    """Seconds."""
    reads: Reads = Reads.ALL


def closed(*pieces: bytes) -> Says:
    return Says(pieces, End.CLOSES)


def stays(*pieces: bytes) -> Says:
    return Says(pieces)


def octet_by_octet(whole: bytes) -> Says:
    return Says(tuple(bytes([octet]) for octet in whole), pause=0.0)


class Peer:
    """Answers the nth request with the nth of its ``answers``, and all after the last with ``GOOD``."""

    def __init__(self, answers: Sequence[Says]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/here"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self._writers.add(writer)
        self.most_open = max(self.open, self.most_open)
        try:
            while await self._answered(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self.open -= 1
            self._writers.discard(writer)
            writer.close()

    async def hang_up(self) -> None:
        """Close every connection; done when all are closed."""
        for writer in self._writers:
            writer.close()
        await until(lambda: not self.open)

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        match self.answers[0].reads if self.answers else Reads.ALL:
            case Reads.ALL:
                self.requests.append(await request(reader))
            case Reads.HEAD:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            case Reads.NOTHING:
                pass
        says = self.answers.pop(0) if self.answers else Says((GOOD,))
        for piece in says.pieces:
            if writer.is_closing():
                return False
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(says.pause)
        if says.end is End.RESETS:
            kernel: socket.socket = writer.get_extra_info("socket")
            kernel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return says.end is End.STAYS


async def request(reader: asyncio.StreamReader) -> bytes:
    """One whole request. Raises IncompleteReadError at the end of the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
    return head + await reader.readexactly(int(fields[b"content-length"]))


@asynccontextmanager
async def peer(
    *answers: Says, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Peer]:
    standing = Peer(answers)
    server = await asyncio.start_server(standing.serve, host, port, ssl=tls, limit=2**24)
    standing.port = server.sockets[0].getsockname()[1]
    try:
        yield standing
    finally:
        server.close()
        await standing.hang_up()
