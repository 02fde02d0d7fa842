"""Where a run leaves its logs and its database."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(wanted: Path | None, *, within: Path | None = None) -> Iterator[Path]:
    """The directory of a run: `wanted`, or one that is taken away after a run that went well.

    Of a run that ends otherwise it stays, and standard error tells where: a fault in a thousand
    starts is not to be had again by asking.

    Args:
        wanted: What was asked for; it always stays.
        within: Where else one is made, as for temporary files.
    """
    if wanted is not None:
        yield wanted.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="darkstar-chaos-", dir=within)).resolve()
    try:
        yield made / "run"
    except (Exception, SystemExit):
        sys.stderr.write(f"what this run left is in {made / 'run'}\n")
        raise
    except BaseException:
        shutil.rmtree(made)
        raise
    shutil.rmtree(made)
