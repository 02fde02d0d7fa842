"""The models that were trained: kept in directories, one in use, the ones before to go back to.

```
models/load/load-20260101T030000/card.json      what it is, and the checksums of its files
                                 …              its files
models/load/in_use.json                         which one is, and which were taken back
```

A directory gets its name when all of it is on disk. What is damaged is named and passed over;
the next older one is used instead. Candidates that were not good enough leave a card alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from darkstar_common.config import Config
from darkstar_common.contract import ModelCard, ModelState, Quantity
from darkstar_common.runtime import write_atomic
from darkstar_forecaster.core.method import Trained
from darkstar_forecaster.core.promotion import Lesson

KEEPS = 8
"""Models and rejected candidates that are kept of each quantity."""
QUANTITIES: tuple[Quantity, ...] = ("load", "pv", "price")
_CARD, _IN_USE = "card.json", "in_use.json"
_PARTS: Mapping[Quantity, tuple[str, ...]] = {
    "load": ("timezone", "household", "water_heater"),
    "pv": ("timezone", "solar", "location", "inverter"),
    "price": ("timezone", "tariff"),
}
"""Sections of the configuration under which a model is trained."""


class RegistryError(Exception):
    """What was asked of the models cannot be done; the message says why and the way out."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Entry(_Kept):
    """What is known of a kept model, or of a candidate that was rejected."""

    quantity: Quantity
    version: str
    trained_at: AwareDatetime
    rejected: bool = False
    reason: str
    features: tuple[str, ...] = ()
    facts: dict[str, float] = {}
    scores: dict[str, float] = {}
    from_slot: AwareDatetime | None = None
    to_slot: AwareDatetime | None = None
    config_hash: str = ""
    checksums: dict[str, str] = {}
    """SHA-256 of each file."""


class _InUse(_Kept):
    version: str | None = None
    since: AwareDatetime | None = None
    withdrawn: tuple[str, ...] = ()
    """Were taken back by people: nothing goes back to them by itself."""


class Registry:
    """Of all quantities; a few small files are read each time, so that tools can change them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loaded: dict[tuple[Quantity, str], Trained] = {}
        self.damaged: dict[Quantity, tuple[str, ...]] = {}
        """What could not be read when it was last looked for, in sentences."""

    def keep(self, lesson: Lesson, now: datetime, config: Config) -> Entry | None:
        """Take in what came of a training; a promoted model is in use from now on.

        Raises:
            OSError: It cannot be written; what was in use still is.
        """
        if not lesson.judged:
            return None
        entry = _entry(lesson, now, config)
        files = lesson.promoted.files if lesson.promoted else {}
        self._write(entry, files)
        if lesson.promoted is not None:
            before = self._in_use(entry.quantity)
            self._use(entry.quantity, before.model_copy(update=_used(entry.version, now)))
        self._prune(entry.quantity)
        return entry

    def current(self, quantity: Quantity, config: Config) -> tuple[str, Trained] | None:
        """The version in use and its model; an older one where that is damaged; None: none.

        A model that was trained under another configuration is not used.
        """
        wanted, damaged = config_hash(quantity, config), list(self._unreadable(quantity))
        found = None
        for entry in self._candidates(quantity):
            if entry.config_hash != wanted:
                damaged.append(
                    f"{entry.version} was trained under another configuration and is set aside "
                    "until the next training"
                )
                continue
            trained = self._load(entry)
            if isinstance(trained, Trained):
                found = entry.version, trained
                break
            damaged.append(trained)
        self.damaged[quantity] = tuple(damaged)
        return found

    def rollback(self, quantity: Quantity, version: str | None, now: datetime) -> Entry:
        """Go back to `version`, or to the one before; what was in use is not used again by itself.

        Raises:
            RegistryError: There is no such one.
            OSError: It cannot be written; nothing has changed.
        """
        in_use = self._in_use(quantity)
        models = [one for one in self.entries(quantity) if not one.rejected]
        known = [one.version for one in models]
        older = [one for one in self._candidates(quantity) if one.version != in_use.version]
        if version is not None:
            older = [one for one in models if one.version == version]
        if not older:
            wanted = f"no model {version}" if version else "no model to go back to"
            raise RegistryError(f"there is {wanted}; kept are {', '.join(known) or 'none'}")
        entry = older[0]
        if entry.version == in_use.version:
            raise RegistryError(f"{entry.version} is in use already")
        if isinstance(trouble := self._load(entry), str):
            raise RegistryError(trouble)
        later = {one.version for one in models if one.trained_at > entry.trained_at}
        taken_back = (set(in_use.withdrawn) | later) - {entry.version}
        self._use(
            quantity,
            _InUse(version=entry.version, since=now, withdrawn=tuple(sorted(taken_back))),
        )
        return entry

    def entries(self, quantity: Quantity) -> list[Entry]:
        """All that is kept of a quantity and can be read, newest first."""
        found = (self._entry(one) for one in self._directories(quantity))
        readable = [one for one in found if isinstance(one, Entry)]
        return sorted(readable, key=lambda one: one.trained_at, reverse=True)

    def cards(self, quantity: Quantity) -> tuple[ModelCard, ...]:
        """A card of each, newest first."""
        in_use = self._in_use(quantity)
        return tuple(_card(entry, in_use) for entry in self.entries(quantity))

    def in_use(self, quantity: Quantity) -> str | None:
        """The version that is named as the one in use."""
        return self._in_use(quantity).version

    def _candidates(self, quantity: Quantity) -> list[Entry]:
        """Models to use, the best first: the one named, then older ones that were not withdrawn."""
        in_use = self._in_use(quantity)
        models = [one for one in self.entries(quantity) if not one.rejected]
        named = [one for one in models if one.version == in_use.version]
        limit = named[0].trained_at if named else None
        rest = [
            one
            for one in models
            if one.version not in {in_use.version, *in_use.withdrawn}
            and (limit is None or one.trained_at < limit)
        ]
        return named + rest

    def _directories(self, quantity: Quantity) -> list[Path]:
        place = self._directory / quantity
        if not place.is_dir():
            return []
        return sorted(
            one for one in place.iterdir() if one.is_dir() and not one.name.startswith(".")
        )

    def _unreadable(self, quantity: Quantity) -> Iterator[str]:
        for one in self._directories(quantity):
            if isinstance(said := self._entry(one), str):
                yield said

    def _entry(self, directory: Path) -> Entry | str:
        """The card in `directory`, or what is wrong with it."""
        try:
            return Entry.model_validate_json((directory / _CARD).read_bytes())
        except OSError as error:
            return f"{directory.name} has no card that can be read ({error.strerror})"
        except ValidationError:
            return f"the card of {directory.name} is damaged"

    def _load(self, entry: Entry) -> Trained | str:
        """The model of an entry, or what is wrong with it."""
        key = entry.quantity, entry.version
        if key in self._loaded:
            return self._loaded[key]
        files: dict[str, bytes] = {}
        for name, checksum in entry.checksums.items():
            try:
                files[name] = (self._directory / entry.quantity / entry.version / name).read_bytes()
            except OSError as error:
                return f"{entry.version} is not used: {name} cannot be read ({error.strerror})"
            if hashlib.sha256(files[name]).hexdigest() != checksum:
                return f"{entry.version} is not used: {name} is damaged"
        if entry.from_slot is None or entry.to_slot is None:
            return f"{entry.version} is not used: its card does not say what it has seen"
        trained = Trained(
            quantity=entry.quantity, features=entry.features, files=files, facts=entry.facts,
            from_slot=entry.from_slot, to_slot=entry.to_slot,
        )  # fmt: skip
        self._loaded = {one: model for one, model in self._loaded.items() if one[0] != key[0]}
        self._loaded[key] = trained
        return trained

    def _in_use(self, quantity: Quantity) -> _InUse:
        try:
            return _InUse.model_validate_json((self._directory / quantity / _IN_USE).read_bytes())
        except (OSError, ValidationError):
            return _InUse()

    def _use(self, quantity: Quantity, in_use: _InUse) -> None:
        write_atomic(
            self._directory / quantity / _IN_USE, in_use.model_dump_json(indent=1).encode()
        )

    def _write(self, entry: Entry, files: Mapping[str, bytes]) -> None:
        place = self._directory / entry.quantity
        building, final = place / f".{entry.version}", place / entry.version
        shutil.rmtree(building, ignore_errors=True)
        for name, content in files.items():
            write_atomic(building / name, content)
        write_atomic(building / _CARD, entry.model_dump_json(indent=1).encode())
        shutil.rmtree(final, ignore_errors=True)
        building.rename(final)
        _sync(place)

    def _prune(self, quantity: Quantity) -> None:
        """Forget the oldest beyond those that are kept, never the one in use."""
        in_use = self.in_use(quantity)
        for rejected in (False, True):
            kind = [one for one in self.entries(quantity) if one.rejected is rejected]
            for entry in kind[KEEPS:]:
                if entry.version != in_use:
                    shutil.rmtree(self._directory / quantity / entry.version, ignore_errors=True)


def config_hash(quantity: Quantity, config: Config) -> str:
    """A short word for the parts of the configuration that a model of `quantity` rests on."""
    whole = config.model_dump(mode="json")
    parts = {name: whole[name] for name in _PARTS[quantity]}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _entry(lesson: Lesson, now: datetime, config: Config) -> Entry:
    model = lesson.promoted
    return Entry(
        quantity=lesson.quantity,
        version=f"{lesson.quantity}-{now:%Y%m%dT%H%M%S}",
        trained_at=now,
        rejected=model is None,
        reason=lesson.reason,
        features=lesson.features,
        facts=dict(model.facts) if model else {},
        scores=dict(lesson.scores),
        from_slot=model.from_slot if model else None,
        to_slot=model.to_slot if model else None,
        config_hash=config_hash(lesson.quantity, config),
        checksums={
            name: hashlib.sha256(content).hexdigest()
            for name, content in (model.files if model else {}).items()
        },
    )


def _used(version: str, now: datetime) -> dict[str, object]:
    return {"version": version, "since": now}


def _card(entry: Entry, in_use: _InUse) -> ModelCard:
    state: ModelState = "former"
    reason = entry.reason
    if entry.rejected:
        state = "rejected"
    elif entry.version == in_use.version:
        state = "current"
    elif entry.version in in_use.withdrawn:
        reason = f"it was taken back; {reason}"
    return ModelCard(
        quantity=entry.quantity,
        version=entry.version,
        level="graduate",
        state=state,
        trained_at=entry.trained_at,
        promoted_at=in_use.since if state == "current" else None,
        from_slot=entry.from_slot,
        to_slot=entry.to_slot,
        features=entry.features,
        config_hash=entry.config_hash,
        reason=reason,
        scores=entry.scores,
    )


def _sync(directory: Path) -> None:
    """So that a name outlives a power cut."""
    entry = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
