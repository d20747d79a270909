#!/usr/bin/env python3
"""A provider in Python without packages: each resource is a small web server of this machine.

It is called as "provider.py create|observe|destroy", reads one JSON object from standard input and answers one on standard
output; what goes to standard error is logged. The same file is the web server: "provider.py serve FOLDER".

How it keeps the four rules of providers:
1. create: a folder is named after the resource's id, and only who holds the lock in it serves. So two calls at once, or one
   that follows a crash, end with one server. The kernel frees the lock when its process dies, however it dies.
2. destroy: the server is asked to end, and "gone" is answered when nobody holds the lock and the folder is removed.
3. observe: every folder there is, with what the lock says about it.
4. failures are exit codes; an exception nobody foresaw ends Python with 1, which means: try again.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

UNKNOWN_OPERATION, REFUSED, RETRY = 64, 65, 75
READY_SECONDS_MAX = 10
END_SECONDS_MAX = 2


def fail(code, words):
    print(words, file=sys.stderr)
    sys.exit(code)


def create(asked):
    folder = folder_of(asked)
    template = asked["template"] or {}
    greeting = template.get("greeting", "Hello")
    if not isinstance(greeting, str):
        fail(REFUSED, f"template.greeting: a text is needed, and this is {greeting!r}")
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "www" / "index.html", f"<h1>{greeting} from {asked['resource']['name']}</h1>\n")
    if not is_served(folder):
        # What is to outlive this call needs a session of its own, and must not hold our output.
        with open(folder / "log", "ab") as log:
            subprocess.Popen(
                [sys.executable, __file__, "serve", str(folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )
    until = time.monotonic() + READY_SECONDS_MAX
    while describe(folder)["liveness"] != "LIVE":
        if time.monotonic() > until:
            fail(RETRY, f"no server came up in {folder}; see the file log there")
        time.sleep(0.02)
    return describe(folder)


def observe(asked):
    root = root_of(asked)
    folders = sorted(root.iterdir()) if root.is_dir() else []
    return {"resources": [{"resource": folder.name, **describe(folder)} for folder in folders]}


def destroy(asked):
    folder = folder_of(asked)
    until = time.monotonic() + END_SECONDS_MAX
    while is_served(folder):
        # The pid is that of the server while it holds the lock, and means nothing else.
        address = read_address(folder)
        if address is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(address["pid"], signal.SIGTERM)
        if time.monotonic() > until:
            return {"state": "going"}
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
    return {"state": "going" if folder.exists() else "gone"}


def describe(folder):
    """What the contract wants to know of one resource."""
    address = read_address(folder)
    if not is_served(folder):
        # A folder without an address is half made; one with it had a server, which died.
        machine = "PENDING" if address is None else "TERMINATED"
        return {"externalId": folder.name, "machine": machine, "liveness": "UNKNOWN"}
    if address is None:
        return {"externalId": folder.name, "machine": "RUNNING", "liveness": "BOOTING"}
    return {
        "externalId": folder.name,
        "machine": "RUNNING",
        "liveness": "LIVE",
        "addresses": ["127.0.0.1"],
        "endpoints": {"http": f"http://127.0.0.1:{address['port']}/"},
    }


def is_served(folder):
    try:
        with open(folder / "lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def read_address(folder):
    try:
        return json.loads((folder / "address.json").read_text())
    except FileNotFoundError:
        return None


def write(path, text):
    """Replaces a file in one step, so that nobody reads half of it."""
    path.parent.mkdir(exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(text)
    new.replace(path)


def root_of(asked):
    return pathlib.Path(asked["stateDirectory"]) / "servers"


def folder_of(asked):
    return root_of(asked) / asked["resource"]["id"]


def serve(folder):
    """Serves a folder until it is ended, unless another process does that already."""
    import functools
    import http.server  # takes a while to load, and no operation needs it

    with open(folder / "lock", "ab") as lock:
        try:
            take_lock(lock)
        except BlockingIOError:
            return
        # From here on the address is this process's: what an earlier one left says nothing any more.
        (folder / "address.json").unlink(missing_ok=True)
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder / "www"))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            write(folder / "address.json", json.dumps({"pid": os.getpid(), "port": server.server_address[1]}))
            server.serve_forever()


def take_lock(lock):
    """Others hold it for a moment to see whether somebody serves: that is no reason to give up."""
    until = time.monotonic() + 1
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


OPERATIONS = {"create": create, "observe": observe, "destroy": destroy}

if __name__ == "__main__":
    operation = sys.argv[1] if len(sys.argv) > 1 else ""
    if operation == "serve":
        serve(pathlib.Path(sys.argv[2]))
    elif operation in OPERATIONS:
        json.dump(OPERATIONS[operation](json.load(sys.stdin)), sys.stdout)
    else:
        fail(UNKNOWN_OPERATION, f"the operation {operation!r} is not known here")
