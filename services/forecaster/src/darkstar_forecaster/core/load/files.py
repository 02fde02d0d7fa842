"""A corrector as it is kept on disk."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from darkstar_forecaster.core import boosting
from darkstar_forecaster.core.boosting import DamagedModelError
from darkstar_forecaster.core.conformal import Widening
from darkstar_forecaster.core.load.corrector import Corrector, Shares

_SHARES = "shares.json"


class _Shares(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    line: Mapping[str, float]
    mean_share: Shares
    band_share: Shares
    band: Widening


def files(corrector: Corrector) -> dict[str, bytes]:
    """Its content, by file name."""
    shares = _Shares(
        line=corrector.line,
        mean_share=corrector.mean_share,
        band_share=corrector.band_share,
        band=corrector.band,
    )
    return {**boosting.files(corrector.boosted), _SHARES: shares.model_dump_json().encode()}


def from_files(content: Mapping[str, bytes]) -> Corrector:
    """What `files` has saved.

    Raises:
        DamagedModelError: A file is missing, or not what was saved.
    """
    if _SHARES not in content:
        raise DamagedModelError(_SHARES, "it is missing")
    try:
        shares = _Shares.model_validate_json(content[_SHARES])
    except ValidationError as error:
        raise DamagedModelError(_SHARES, "it does not say how much the model counts") from error
    return Corrector(
        boosted=boosting.from_files(content),
        line=shares.line,
        mean_share=shares.mean_share,
        band_share=shares.band_share,
        band=shares.band,
    )
