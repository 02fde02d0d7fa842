"""JSON values in few bytes: rows become columns, and those are compressed.

A plan is a list of slots with the same fields. Written field by field, names appear once and like
stands beside like: a third of the text is left before anything is compressed, and reading it is
quicker than reading the whole text. Numbers stay decimal text as `json` writes them, which gives
back the very same float. What was measured beside it is in docs/adr/0011.

A body is self-contained, and says by its first bytes what it is:

| begins with | is | written by |
|---|---|---|
| `DC1` | columns as JSON, in a zstandard frame | this |
| `78` (hex) | JSON, zlib | earlier versions of the recorder and of Darkstar |
| anything else | JSON text, as bytes or as a string | earlier versions of Darkstar |
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import zstandard

MAGIC = b"DC1"
_ZLIB = b"\x78"
_LEVEL = 12
"""5 ms for a plan of a day and a half; level 19 takes 17 ms and saves 8 % more."""
_MOST_BYTES = 64 * 1024 * 1024
"""No body says it is larger; a damaged one may."""
_TABLE = "\0"


class UnreadableError(ValueError):
    """These bytes are no JSON value in a known form."""


def pack(value: Any) -> bytes:
    """`value`, a JSON value, in the form described above."""
    text = json.dumps(_columns(value), ensure_ascii=False, separators=(",", ":"))
    frame = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    return MAGIC + frame.compress(text.encode("utf-8", "surrogatepass"))


def unpack(body: bytes | str) -> Any:
    """The JSON value in `body`, in whichever form it was written.

    Raises:
        UnreadableError: It is damaged, or was never one; the sentence says which.
    """
    try:
        if isinstance(body, str):
            return json.loads(body)
        if body.startswith(MAGIC):
            frame = zstandard.ZstdDecompressor()
            text = frame.decompress(body[len(MAGIC) :], max_output_size=_MOST_BYTES)
            return json.loads(text.decode("utf-8", "surrogatepass"), object_hook=_rows)
        if body.startswith(_ZLIB):
            return json.loads(_inflated(body))
        return json.loads(body)
    except zstandard.ZstdError as error:
        raise UnreadableError(f"its zstandard frame is damaged ({error})") from None
    except zlib.error as error:
        raise UnreadableError(f"its zlib bytes are damaged ({error})") from None
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except ValueError as error:
        raise UnreadableError(f"it is no JSON ({error})") from None


def _inflated(body: bytes) -> bytes:
    stream = zlib.decompressobj()
    text = stream.decompress(body, _MOST_BYTES)
    if not stream.eof:
        raise zlib.error("it ends in the middle, or is endless")
    return text


def _columns(value: Any) -> Any:
    """`value` with each list of like objects as one object of columns."""
    if isinstance(value, dict):
        escape = len(value) == 1 and all(key.startswith(_TABLE) for key in value)
        return {_TABLE + key if escape else key: _columns(one) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    if _is_table(value):
        return {_TABLE: [[key, _columns([row[key] for row in value])] for key in value[0]]}
    return [_columns(one) for one in value]


def _is_table(rows: list[Any]) -> bool:
    if len(rows) < 2 or not all(isinstance(row, dict) for row in rows):  # noqa: PLR2004 (one is no list of like ones)
        return False
    fields = list(rows[0])
    return bool(fields) and all(list(row) == fields for row in rows)


def _rows(value: dict[str, Any]) -> Any:
    """The reverse of `_columns`, for each object as soon as it is read."""
    if len(value) != 1:
        return value
    ((key, inner),) = value.items()
    if not key.startswith(_TABLE):
        return value
    if key != _TABLE:
        return {key[len(_TABLE) :]: inner}
    fields = [name for name, _ in inner]
    columns = [column for _, column in inner]
    return [dict(zip(fields, row, strict=False)) for row in zip(*columns, strict=True)]
