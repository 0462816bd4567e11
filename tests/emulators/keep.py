"""Runs an emulator for as long as its standard input stays open, so that it ends with the tests however they end.

The first line out is `listening PORT`, once the health path answers; without it, the emulator's own output follows on
standard error and the exit code is not zero. `{port}` in the arguments and in the environment is the chosen port."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def begin(command, environment, log, health):
    """The emulator and its port, or None when it ended before it answered (another process may have taken the port)."""
    port = free_port()
    emulator = subprocess.Popen(
        [word.replace("{port}", str(port)) for word in command],
        env={name: value.replace("{port}", str(port)) for name, value in environment.items()},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if emulator.poll() is not None:
            return None
        if answers(port, health) and emulator.poll() is None:
            return emulator, port
        time.sleep(0.05)
    end(emulator)
    return None


def end(emulator):
    for kind, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(emulator.pid, kind)
        except ProcessLookupError:
            return
        try:
            emulator.wait(patience)
        except subprocess.TimeoutExpired:
            continue


def main():
    health, command = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="lifeboat-emulator-") as folder, tempfile.TemporaryFile() as log:
        # Emulators leave files in the temporary folder; in one of our own they go with it.
        environment = dict(os.environ, TMPDIR=folder)
        for _ in range(3):
            begun = begin(command, environment, log, health)
            if begun:
                break
        else:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            sys.exit(1)
        emulator, port = begun
        print(f"listening {port}", flush=True)
        try:
            sys.stdin.buffer.read()
        finally:
            end(emulator)


main()
