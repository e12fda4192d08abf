"""The CAN bus of a soak: two serial adapters (slcan) on one wire, and a recorder of what the gateway puts on it."""

import os
import selectors
import threading
import time
import tty

LIMITS = 0x351


class Adapter:
    """One adapter on a pseudo-terminal that a link in the file system leads to, so that it can be pulled and plugged."""

    def __init__(self, path: str):
        self.path = path
        self.master = None
        self.slave = None
        self.buffer = b""
        self.is_open = False

    def plug(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.buffer, self.is_open = b"", False
        os.symlink(os.ttyname(self.slave), self.path)

    def unplug(self):
        # The name goes first: the number of a pseudo-terminal is soon another's.
        os.unlink(self.path)
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = None

    def write(self, data: bytes):
        try:
            os.write(self.master, data)
        except OSError:
            pass  # nobody reads there: lost, as on a wire

    def lines(self) -> list[bytes]:
        """What has come since the last time, in whole lines."""
        try:
            self.buffer += os.read(self.master, 65536)
        except OSError:
            return []
        *lines, self.buffer = self.buffer.split(b"\r")
        return lines


class Bus:
    """Forwards between the gateway's adapter and the GX's, and keeps every 0x351 of the gateway with its moment."""

    def __init__(self, folder: str):
        self.gateway = Adapter(folder + "/can")
        self.gx = Adapter(folder + "/can-gx")
        self.limits: list[tuple[float, float, float]] = []  # monotonic seconds, CCL and DCL in A
        self.frames = 0
        self.strange: list[str] = []
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._ends = False
        for adapter in (self.gateway, self.gx):
            self._plug(adapter)
        self._thread = threading.Thread(target=self._forward, daemon=True)
        self._thread.start()

    def unplug(self):
        """Pulls the gateway's adapter."""
        with self._lock:
            self._selector.unregister(self.gateway.master)
            self.gateway.unplug()

    def plug(self):
        """Plugs the gateway's adapter in again."""
        with self._lock:
            self._plug(self.gateway)

    def close(self):
        self._ends = True
        self._thread.join()

    def _plug(self, adapter: Adapter):
        adapter.plug()
        self._selector.register(adapter.master, selectors.EVENT_READ, adapter)

    def _forward(self):
        while not self._ends:
            ready = self._selector.select(timeout=0.05)
            now = time.monotonic()
            with self._lock:
                for key, _ in ready:
                    if key.data.master == key.fd:
                        for line in key.data.lines():
                            self._take(line, key.data, now)

    def _take(self, line: bytes, adapter: Adapter, now: float):
        if line[:1] != b"t":
            adapter.is_open = line == b"O" or adapter.is_open and line != b"C"
            adapter.write(b"\r")
            return
        other = self.gx if adapter is self.gateway else self.gateway
        if adapter is self.gateway:
            self._record(line.decode("ascii", "replace"), now)
        if other.is_open and other.master is not None:
            other.write(line + b"\r")
        adapter.write(b"z\r")

    def _record(self, line: str, now: float):
        try:
            identifier, length, data = int(line[1:4], 16), int(line[4]), bytes.fromhex(line[5:])
            if len(data) != length or identifier in (0x305, 0x307):
                raise ValueError
        except (ValueError, IndexError):
            self.strange.append(line)
            return
        self.frames += 1
        if identifier == LIMITS:
            amperes = [int.from_bytes(data[at:at + 2], "little", signed=True) / 10 for at in (2, 4)]
            self.limits.append((now, *amperes))
