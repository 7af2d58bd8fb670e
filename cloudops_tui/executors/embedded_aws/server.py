"""The child process of the embedded AWS: moto's server, seeded, behind the throttling proxy."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import json
import logging
import os
import signal
import socket
import sys
import threading
from importlib import import_module
from types import FrameType
from typing import Any

from cloudops_tui.executors.embedded_aws.proxy import LONGEST_HEAD, Proxy, Throttle

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> int:
    """Serve until the parent closes our standard input or dies; the ready line goes to standard output."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--parent", type=int, required=True, help="process id of the program that started this one")
    parent = arguments.parse_args().parent
    ready = _claim_standard_output()
    _end_with(parent)
    gc.disable()  # what is loaded and seeded stays: to look through it again and again only takes time
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        # By name: the program's own process never imports moto, and import-linter holds that; this is another process.
        moto_server = import_module("moto.server")
        estate_of = import_module("cloudops_tui.executors.embedded_aws.estate")
    except ModuleNotFoundError as missing:
        _say(ready, {"missing": missing.name})
        return 1
    door = socket.create_server((LOOPBACK, 0))
    endpoint = f"http://{LOOPBACK}:{door.getsockname()[1]}"
    moto = moto_server.ThreadedMotoServer(LOOPBACK, 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    estate = estate_of.seed_estate(f"http://{host}:{port}", endpoint)
    gc.freeze()
    gc.enable()
    asyncio.run(_serve(door, Proxy(host, port, Throttle()), ready, {"endpoint": endpoint, "estate": estate}))
    return 0


async def _serve(door: socket.socket, proxy: Proxy, ready: int, greeting: dict[str, Any]) -> None:
    server = await asyncio.start_server(proxy.serve, sock=door, limit=LONGEST_HEAD)
    _say(ready, greeting)
    await server.serve_forever()


def _claim_standard_output() -> int:
    """Keep standard output for the ready line alone; what libraries print goes to standard error, which is the log."""
    ready = os.dup(1)
    os.dup2(2, 1)
    return ready


def _say(ready: int, line: dict[str, Any]) -> None:
    with open(ready, "w", encoding="utf-8") as out:
        print(json.dumps(line), file=out)


def _end_with(parent: int) -> None:
    """End when the parent does, however it ends: by the closed pipe, and by the kernel's signal."""
    threading.Thread(target=_end_when_input_closes, daemon=True, name="end-with-parent").start()
    signal.signal(signal.SIGHUP, lambda number, frame: _end_if_orphaned(parent, number, frame))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGHUP)
    _end_if_orphaned(parent)  # it may have died before the line above


def _end_when_input_closes() -> None:
    while os.read(0, 1024):
        pass
    # moto's threads would hold up an orderly exit, and there is nothing here to keep.
    os._exit(0)


def _end_if_orphaned(parent: int, number: int = 0, frame: FrameType | None = None) -> None:
    # The kernel also signals when only the *thread* that started us ends (prctl(2)); the parent lives then.
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
