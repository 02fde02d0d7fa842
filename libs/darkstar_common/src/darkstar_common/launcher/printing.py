"""Prints for people and programs, who may have read enough before the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable


def tell(lines: Iterable[str]) -> None:
    """Write `lines` to standard output; a reader that is gone (`| head`) is no error."""
    try:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes again at its end, to nobody
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, sys.stdout.fileno())
