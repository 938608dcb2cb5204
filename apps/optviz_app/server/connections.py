"""The server's connections: one that does nothing makes room, one that stalls is closed.

waitress itself stops accepting once it has its most connections, whatever they do.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

MOST = 400
"""Connections at once; a browser opens six, 20 people with two tabs each 240."""
IDLE_S = 120
"""Time that a connection may stay between two requests, while there is room."""
HEAD_S, BODY_S = 20, 90
"""Time in which the head and the whole of a request must arrive; 10 MB at 1 Mbit/s take 80 s."""
STALLED_S = 60
"""Time in which a client must take some of its answer."""
MOST_PENDING = 1 << 30
"""Bytes of answers that wait for their clients, all together; they are kept on disk."""
LOOK_S = 5
"""Time between two looks at all connections."""


class Channel(HTTPChannel):
    """One connection, which knows when the request that it receives began."""

    begun = 0.0

    def received(self, data: bytes) -> bool:
        """Take some bytes of a request."""
        if self.request is None:
            self.begun = time.time()
        return super().received(data)

    @property
    def has_stalled(self) -> bool:
        """True once a request arrives too slowly, or nothing of an answer is taken."""
        now = time.time()
        if self.request is not None:
            most = BODY_S if self.request.headers_finished else HEAD_S
            return now - self.begun > most
        return bool(self.total_outbufs_len) and now - self.last_activity > STALLED_S

    @property
    def can_go(self) -> bool:
        """True unless a request of it is being answered."""
        return not self.requests and not self.will_close

    @property
    def worth(self) -> tuple[int, float]:
        """A measure of what is lost by closing it: least for one that does nothing for longest."""
        does = 2 if self.total_outbufs_len else 1 if self.request is not None else 0
        return does, self.last_activity


class Server(TcpWSGIServer):
    """A server that always has room for one more connection."""

    channel_class = Channel
    sockets: dict[int, Any]
    """What the loop looks at, which every connection enters itself in."""
    stop: Callable[[], Any] = staticmethod(lambda: None)
    """Called once the server is told to end, before it waits for answers under way."""

    def list_channels(self) -> list[Channel]:
        """List all connections."""
        return list(self.active_channels.values())  # type: ignore[attr-defined]

    def maintenance(self, now: Any) -> None:
        """Close connections that are idle for long or have stalled."""
        super().maintenance(now)
        channels = self.list_channels()
        for each in channels:
            each.will_close |= each.has_stalled
        pending = sum(each.total_outbufs_len for each in channels)
        for each in sorted(channels, key=lambda each: -each.total_outbufs_len):
            if pending <= MOST_PENDING:
                break
            pending -= each.total_outbufs_len
            each.will_close = True

    def handle_accept(self) -> None:
        """Accept a connection, and where there are too many, close one that does least.

        It is one of the address that has the most, so nobody shuts others out.
        """
        channels = self.list_channels()
        if len(channels) >= self.adj.connection_limit - MARGIN:
            count = Counter(each.addr[0] for each in channels)
            idle = [each for each in channels if each.can_go]
            if idle:
                last = min(idle, key=lambda each: (-count[each.addr[0]], each.worth))
                last.will_close = True  # in its turn: its number must not be given to another yet
        super().handle_accept()

    def run(self) -> None:
        """Serve until Ctrl-C."""
        try:
            self.asyncore.loop(self.adj.asyncore_loop_timeout, use_poll=True, map=self.sockets)
        except (SystemExit, KeyboardInterrupt):
            self.stop()
            self.task_dispatcher.shutdown()


MARGIN = 20
"""Connections below the limit of waitress, at which it would accept no more."""


def make_server(app: Any, listening: socket.socket, threads: int, most_bytes: int) -> Server:
    """Return the server of a WSGI app on a socket that is bound."""
    adjustments = Adjustments(
        threads=threads,
        ident="optviz",
        connection_limit=count_connections() + MARGIN,
        channel_timeout=IDLE_S,
        cleanup_interval=LOOK_S,
        recv_bytes=128 * 1024,  # of a file at once: each piece costs the thread of all connections
        max_request_header_size=64 * 1024,
        max_request_body_size=most_bytes,
        outbuf_high_watermark=2 * MOST_PENDING,  # so that no thread waits for a slow client
        expose_tracebacks=False,
        sockets=[listening],
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    about = listening.family, listening.type, listening.proto, listening.getsockname()
    own: Any = {"dispatcher": dispatcher, "adj": adjustments, "sockinfo": about}
    sockets: dict[int, Any] = {}
    server = Server(app, sockets, _sock=listening, bind_socket=False, **own)
    server.sockets = sockets
    return server


def count_connections() -> int:
    """Return the number of connections that there may be: each may need up to three open files."""
    with suppress(ImportError):
        import resource

        return min(MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3)
    return MOST
