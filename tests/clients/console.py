"""Snowplow's Console as clients see it, whose host public clients have written in: a proxy that ends TLS for it.

Clients are unmodified. `HTTPS_PROXY` leads them here, and a certificate authority of the tests' own vouches for the
host's name; what they ask for goes to the service, which answers at the Console's path.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import trustme

HOST = "console.snowplowanalytics.com"


@dataclass
class Console:
    """Where the proxy listens, the certificates that clients have to trust, and what they asked for."""

    url: str
    authority: Path
    asked: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What makes Python's and Node's clients come here."""
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self.url)
        return {
            **proxies,
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), ""),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
            **dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), str(self.authority)),
        }


@contextmanager
def console_of(service_url: str, folder: Path) -> Iterator[Console]:
    """The Console, with the API keys of the service."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(tls)
    console = Console("", folder / "authority.pem")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            assert self.path == f"{HOST}:443", self.path
            self.send_response(200)
            self.end_headers()
            self.connection = tls.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
            self.close_connection = False

        def do_GET(self) -> None:
            console.asked.append(self.path)
            where = urlsplit(service_url)
            upstream = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
            upstream.request("GET", self.path, headers={k: v for k, v in self.headers.items() if k.lower() != "host"})
            answer = upstream.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        console.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield console
        server.shutdown()
        thread.join()
