"""What every part of the configuration is made of."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Efficiency = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Celsius = Annotated[float, Field(ge=0, le=95, allow_inf_nan=False)]

_LOGIN = re.compile(r"https?://[^/]*@")


def _without_login(address: str) -> str:
    if _LOGIN.match(address):
        raise ValueError(
            "it names a user or a password, and whoever sees the settings would see that; leave "
            "them out"
        )
    return address


PublicAddress = Annotated[str, AfterValidator(_without_login)]
"""An address that may be shown: one that says no password."""


class Section(BaseModel):
    """A part of the file; immutable, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
