"""What stands before a Temporal server in production and not on a developer's machine: TLS and API keys.

The development server has neither. Both parts are real on the wire; the answers they let through are the server's own.
"""

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
import trustme
from typing_extensions import override

PARALLEL_REQUESTS = 8
"""Requests that the gateway carries at the same time."""


@contextmanager
def tls_proxy(
    upstream: str, certificate: trustme.LeafCert, client_authority: trustme.CA | None = None, port: int = 0
) -> Iterator[str]:
    """Speaks TLS before a plaintext server; gives its address, as `localhost:port`.

    Args:
        upstream: Address of the server.
        certificate: The proxy's own.
        client_authority: Who must have signed the client's certificate; `None`: it needs none.
        port: Where it listens; 0: any free port.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    certificate.configure_cert(context)
    if client_authority is not None:
        client_authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with _TlsServer(upstream, context, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.drop_connections()


class _TlsServer(socketserver.ThreadingTCPServer):
    """A thread for each connection; threads, because asyncio closes a refused connection without the TLS alert."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, upstream: str, context: ssl.SSLContext, port: int) -> None:
        self._upstream = upstream
        self._context = context
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), socketserver.BaseRequestHandler)

    @override
    def finish_request(self, request: Any, client_address: Any) -> None:
        host, _, port = self._upstream.rpartition(":")
        try:
            client = self._context.wrap_socket(request, server_side=True)
        except OSError:  # refused: the alert is on its way
            return
        with client, socket.create_connection((host, int(port))) as upstream:
            self._open |= {client, upstream}
            with suppress(OSError, ValueError):
                _carry(client, upstream)
            self._open -= {client, upstream}

    def drop_connections(self) -> None:
        """Cut what is still open."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _carry(client: ssl.SSLSocket, upstream: socket.socket) -> None:
    """Carries bytes both ways until either side ends. One thread: a TLS connection is not safe for two."""
    other: dict[socket.socket, socket.socket] = {client: upstream, upstream: client}
    while True:
        ready = [client] if client.pending() else select.select(list(other), [], [])[0]
        for side in ready:
            chunk = side.recv(65_536)
            if not chunk:
                return
            other[side].sendall(chunk)


@dataclass
class Gateway:
    """Checks API keys as Temporal Cloud does; what it asks for can be changed while it runs."""

    address: str
    api_key: str
    """The key that each request must bring."""
    temporal_namespaces: frozenset[str]
    """The Temporal namespaces that the key may read."""
    seen: list[Mapping[str, str]] = field(default_factory=list)
    """Headers of each request that came, with its method as `:path`."""

    def refusal(self, headers: Mapping[str, str]) -> tuple[grpc.StatusCode, str] | None:
        """What is wrong with a request, by its headers alone; `None` if nothing is."""
        if headers.get("authorization") != f"Bearer {self.api_key}":
            return grpc.StatusCode.UNAUTHENTICATED, "invalid API key"
        wanted = headers.get("temporal-namespace")
        if wanted is not None and wanted not in self.temporal_namespaces:
            return grpc.StatusCode.PERMISSION_DENIED, "Request unauthorized."
        return None


@contextmanager
def api_key_gateway(upstream: str, api_key: str, *temporal_namespaces: str) -> Iterator[Gateway]:
    """A gRPC proxy in plaintext that lets requests with this key for these Temporal namespaces through."""
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as threads, grpc.insecure_channel(upstream) as channel:
        gateway = Gateway("", api_key, frozenset(temporal_namespaces))
        server = grpc.server(threads, handlers=[_Handler(gateway, channel)])
        gateway.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield gateway
        finally:
            server.stop(grace=None).wait()


class _Handler(grpc.GenericRpcHandler):  # type: ignore[misc] # grpcio has no types
    """Carries every request to the upstream as the bytes that it is."""

    def __init__(self, gateway: Gateway, upstream: grpc.Channel) -> None:
        self._gateway = gateway
        self._upstream = upstream

    def service(self, details: Any) -> Any:
        """The handler of one request."""
        headers = {key: value for key, value in details.invocation_metadata if isinstance(value, str)}
        self._gateway.seen.append(headers | {":path": details.method})
        refusal = self._gateway.refusal(headers)
        answer = _refuse(*refusal) if refusal else self._carry(details.method, headers)
        return grpc.unary_unary_rpc_method_handler(answer)

    def _carry(self, method: str, headers: Mapping[str, str]) -> Callable[[bytes, Any], bytes]:
        kept = [(key, value) for key, value in headers.items() if key not in {"authorization", "user-agent"}]

        def carry(request: bytes, context: Any) -> bytes:
            try:
                return bytes(self._upstream.unary_unary(method)(request, 10, kept))
            except grpc.RpcError as error:
                context.set_trailing_metadata(error.trailing_metadata())
                context.abort(error.code(), error.details())
                raise

        return carry


def _refuse(code: grpc.StatusCode, message: str) -> Callable[[bytes, Any], bytes]:
    def refuse(_: bytes, context: Any) -> bytes:
        context.abort(code, message)
        raise AssertionError(message)  # abort has raised

    return refuse
