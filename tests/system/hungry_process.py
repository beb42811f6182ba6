"""A process that holds memory for each of its slots, as a worker whose slots are all in use: no task is needed for it.

`python -m tests.system.hungry_process` takes `SLOTS` and `POD_IP` from its environment. It is ready for a moment before
it eats, so that its pod counts as one that runs.
"""

import os
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

BYTES_PER_SLOT = 10_000_000
PROBE_PORT = 8080
READY_SECONDS = 3.0


def main() -> None:
    """Answer probes, eat, and stay."""
    server = ThreadingHTTPServer((os.environ["POD_IP"], PROBE_PORT), SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    time.sleep(READY_SECONDS)
    held = [b"x" * BYTES_PER_SLOT for _ in range(int(os.environ["SLOTS"]))]
    time.sleep(3600)
    del held


if __name__ == "__main__":
    main()
