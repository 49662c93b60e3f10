"""Run a review server until it is told to stop; what was decided by then is recorded before it ends."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn

from tasks.review.desk import ReviewDesk
from tasks.review.guard import Guard, is_loopback
from tasks.review.record import Recorded
from tasks.review.server import ReviewApp

USUAL_PORT = 8765
WAITING_CONNECTIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRequest:
    """What the operator asked for."""

    host: str = "127.0.0.1"
    """Address to bind."""

    port: int | None = None
    """Port; 0 takes a free one; None takes the usual one, or a free one if that is taken."""

    token: str | None = None
    """What a person must know."""

    names: tuple[str, ...] = ()
    """More names that the server is asked under."""

    reviewer: str
    """Who decides."""


class ReviewServer(uvicorn.Server):
    """The server of one review."""

    def __init__(self, desk: ReviewDesk, request: ServerRequest, bound: socket.socket) -> None:
        """Put the application on a bound socket.

        Raises:
            NoTokenError: It would be open to other machines without a token.
        """
        self.bound = bound
        self.desk = desk
        self.port = int(bound.getsockname()[1])
        guard = Guard(host=request.host, port=self.port, token=request.token, names=request.names)
        app = ReviewApp(desk=desk, guard=guard, reviewer=request.reviewer).app()
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                limit_concurrency=WAITING_CONNECTIONS,
                timeout_graceful_shutdown=5,
            )
        )

    def address(self, host: str) -> str:
        """Return the address to open in a browser on this machine."""
        shown = host if is_loopback(host) else socket.gethostname()
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}/"


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError: The address is not ours, or the port is taken.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(WAITING_CONNECTIONS)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}") from error
    return bound


def _bound(request: ServerRequest) -> socket.socket:
    if request.port is not None:
        return bind(request.host, request.port)
    try:
        return bind(request.host, USUAL_PORT)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
    return bind(request.host, 0)


@contextmanager
def recording(desk: ReviewDesk) -> Iterator[None]:
    """Have decisions recorded in the background for the length of the block."""
    worker = threading.Thread(target=desk.work, name="review", daemon=True)
    worker.start()
    try:
        yield
    finally:
        desk.stop()
        worker.join()


def serve(desk: ReviewDesk, request: ServerRequest, *, ready: Callable[[str], None]) -> Recorded | None:
    """Serve until Ctrl-C or SIGTERM; then record what is noted, and return what came of it.

    Args:
        desk: The output under review.
        request: Where to listen, for whom.
        ready: Told the address once the server listens.

    Raises:
        NoTokenError: It would be open to other machines without a token.
        CatalogError: The catalog is damaged, or there is none.
        OSError: The address cannot be listened on.
    """
    Guard(host=request.host, port=0, token=request.token)  # refused before anything is opened
    desk.standing()
    with _bound(request) as bound:
        server = ReviewServer(desk, request, bound)
        with recording(desk):
            ready(server.address(request.host))
            with suppress(KeyboardInterrupt):  # the server has ended in good order before it passes the signal on
                server.run(sockets=[bound])
    return desk.record()
