"""Whether another process of this machine works on the same data folder: each holds a lock on a file in it."""

import fcntl
from pathlib import Path
from typing import IO


class Presence:
    """Held for as long as a process works; whoever comes first knows that what lies about is nobody's."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.came_first = True
        except BlockingIOError:
            self.came_first = False
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Let others come first."""
        self._file.close()
