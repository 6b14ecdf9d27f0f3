"""A progress bar for people at a terminal; silent everywhere else."""

from collections.abc import Callable
from typing import Any

WIDTH = 30


class Progress:
    def __init__(self, stream: Any):
        self.stream = stream if stream is not None and stream.isatty() else None

    def of(self, total: int, word: str) -> Callable[[int], None]:
        """Something to call with how many of `total` are done."""
        shown = -1

        def tick(done: int) -> None:
            nonlocal shown
            share = min(100, done * 100 // total) if total else 0
            if self.stream is None or share == shown:
                return
            shown = share
            bar = "#" * (share * WIDTH // 100)
            end = "\n" if done >= total else ""
            self.stream.write(f"\r{word} [{bar:<{WIDTH}}] {share:3}%{end}", ending="")
            self.stream.flush()

        return tick
