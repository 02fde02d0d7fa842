"""What is told of the models: which there are, how well they do, when the next are trained."""

from __future__ import annotations

from collections.abc import Callable

from darkstar_common.contract import (
    MODELS,
    ForecastScore,
    ModelCard,
    ModelCards,
    Quantity,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_forecaster.foretelling import Foretelling
from darkstar_forecaster.registry import QUANTITIES, Registry
from darkstar_forecaster.training import Training


class Cards:
    """Published when something on them changes."""

    def __init__(
        self,
        context: Context,
        registry: Registry,
        foretelling: Foretelling,
        training: Training,
        scores: Callable[[], tuple[ForecastScore, ...]] = tuple,
    ) -> None:
        self._context, self._registry, self._foretelling = context, registry, foretelling
        self._training, self._scores = training, scores
        self._published: ModelCards | None = None

    async def publish(self) -> None:
        """Say what there is, unless that was said last."""
        training = self._training
        cards = tuple(card for one in QUANTITIES for card in self._of(one))
        message = ModelCards(
            sender=Service.FORECASTER,
            emitted_at=self._context.clock.now(),
            cards=cards,
            scores=self._scores(),
            next_training_at=training.next_at,
            training=training.running,
        )
        same = {"message_id", "emitted_at", "caused_by"}
        if self._published and message.model_dump(exclude=same) == self._published.model_dump(
            exclude=same
        ):
            return
        self._published = message
        await self._context.bus.publish(MODELS, message)

    def _of(self, quantity: Quantity) -> list[ModelCard]:
        """The one that is in use first, be it trained or not."""
        made, kept = self._foretelling.made.get(quantity), list(self._registry.cards(quantity))
        if made is None:
            return kept
        used = next((one for one in kept if one.version == made.version), None)
        if used is None:
            used = ModelCard(quantity=quantity, version=made.version, level=made.level)
        now = {"level": made.level, "basis": made.basis, "state": "current"}
        others = [one for one in kept if one.version != made.version]
        return [used.model_copy(update=now), *(_former(one) for one in others)]


def _former(card: ModelCard) -> ModelCard:
    """A card of what is not used now, though it may be named as the one in use."""
    return card.model_copy(update={"state": "former"}) if card.state == "current" else card
