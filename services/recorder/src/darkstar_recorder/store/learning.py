"""What the forecaster says of itself: its models, how well they did, what it learned."""

from __future__ import annotations

from typing import Any

import duckdb
from pydantic import TypeAdapter

from darkstar_common.contract import LearnedChange, LearningState, ModelCard, ModelCards
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.times import naive

_ANY = TypeAdapter(Any)
_CARD = {
    "quantity": "VARCHAR", "version": "VARCHAR", "level": "VARCHAR", "noted_at": "TIMESTAMP",
    "trained_at": "TIMESTAMP", "from_slot": "TIMESTAMP", "to_slot": "TIMESTAMP",
    "promoted_at": "TIMESTAMP", "scores": "VARCHAR", "basis": "VARCHAR", "state": "VARCHAR",
    "features": "VARCHAR", "config_hash": "VARCHAR", "reason": "VARCHAR",
}  # fmt: skip
_CHANGING = ("promoted_at", "scores", "basis", "state", "reason")
"""What a model says anew in the course of its life."""
_SCORE = {
    "noted_on": "DATE", "quantity": "VARCHAR", "lead": "VARCHAR", "season": "VARCHAR",
    "noted_at": "TIMESTAMP", "slots": "INTEGER", "mae": "DOUBLE", "bias": "DOUBLE",
    "pinball": "DOUBLE", "coverage": "DOUBLE", "baseline": "VARCHAR", "baseline_mae": "DOUBLE",
    "skill": "DOUBLE",
}  # fmt: skip
_SAID = list(_SCORE)[4:]
_LEARNING = {
    "noted_at": "TIMESTAMP", "kind": "VARCHAR", "parameter": "VARCHAR", "before": "DOUBLE",
    "after": "DOUBLE", "automatic": "BOOLEAN", "evidence": "VARCHAR", "samples": "INTEGER",
    "figures": "VARCHAR",
}  # fmt: skip


def _json(value: object) -> str:
    return _ANY.dump_json(value).decode()


def keep_cards(connection: duckdb.DuckDBPyConnection, cards: ModelCards) -> None:
    """Write each model once, and what changes of it; of the scores the last of each day."""
    at = naive(cards.emitted_at)
    told = {(one.quantity, one.version, one.level): one for one in cards.cards}
    insert_rows(
        connection,
        "model_card",
        _CARD,
        [_card(one, at) for one in told.values()],
        "(quantity, version, level) DO UPDATE SET "
        + ", ".join(f"{one} = excluded.{one}" for one in _CHANGING),
    )
    scores = {(one.quantity, one.lead, one.season): one for one in cards.scores}
    insert_rows(
        connection,
        "forecast_score",
        _SCORE,
        [
            (cards.emitted_at.date(), *key, at, *(getattr(one, name) for name in _SAID[1:]))
            for key, one in scores.items()
        ],
        "(noted_on, quantity, lead, season) DO UPDATE SET "
        + ", ".join(f"{one} = excluded.{one}" for one in _SAID)
        + " WHERE excluded.noted_at >= forecast_score.noted_at",
    )


def _card(card: ModelCard, at: object) -> tuple[object, ...]:
    moments = (card.trained_at, card.from_slot, card.to_slot, card.promoted_at)
    return (
        card.quantity, card.version, card.level, at, *(naive(one) for one in moments),
        _json(card.scores), card.basis, card.state, _json(card.features), card.config_hash,
        card.reason,
    )  # fmt: skip


def keep_learning(connection: duckdb.DuckDBPyConnection, state: LearningState) -> None:
    """Write the proposals and changes that are not there yet."""
    proposed = [
        (naive(one.proposed_at), "proposed", one.parameter, one.current, one.proposed, None,
         one.evidence, one.samples, _json(one.figures))
        for one in state.proposals
    ]  # fmt: skip
    changed = [
        (naive(one.changed_at), _kind(one), one.parameter, one.before, one.after, one.automatic,
         one.evidence, None, None)
        for one in state.changes
    ]  # fmt: skip
    insert_rows(connection, "learning", _LEARNING, [*proposed, *changed], "DO NOTHING")


def _kind(change: LearnedChange) -> str:
    return "reverted" if change.reverts else "applied"
