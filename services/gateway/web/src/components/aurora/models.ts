// Models by what they foretell, and scores by lead time.

import type { House } from "../../live/types";
import { QUANTITIES, type ModelCard, type Models, type Quantity, type Score } from "./types";

export interface Family {
  quantity: Quantity;
  current: ModelCard | null;
  /** Used before and rejected ones, newest first. */
  others: ModelCard[];
}

/** The models of each quantity that this house has. */
export function familiesOf(models: Models, house: House): Family[] {
  return QUANTITIES.filter((one) => one !== "pv" || house.has_solar).flatMap((quantity) => {
    const cards = models.cards.filter((card) => card.quantity === quantity);
    if (!cards.length) return [];
    const current = cards.find((card) => card.state === "current") ?? null;
    const others = cards.filter((card) => card !== current);
    others.sort((a, b) => ageOf(b) - ageOf(a));
    return [{ quantity, current, others }];
  });
}

function ageOf(card: ModelCard): number {
  return Date.parse(card.trained_at ?? card.promoted_at ?? "") || 0;
}

/** Whether there is a model to go back to. */
export function canGoBack(family: Family): boolean {
  return family.others.some((card) => card.state === "former");
}

/** Seasons that there are scores of, the whole year first. */
export function seasonsOf(scores: readonly Score[], quantity: Quantity): string[] {
  const found = new Set(scores.filter((one) => one.quantity === quantity).map((one) => one.season));
  return ["all", "winter", "spring", "summer", "autumn"].filter((season) => found.has(season));
}

/** The scores of a quantity in a season: nearest lead first, all leads last. */
export function byLead(scores: readonly Score[], quantity: Quantity, season: string): Score[] {
  return scores
    .filter((one) => one.quantity === quantity && one.season === season)
    .sort((a, b) => leadHours(a.lead) - leadHours(b.lead));
}

function leadHours(lead: string): number {
  const hours = Number.parseFloat(lead);
  return Number.isNaN(hours) ? Infinity : hours;
}

/** The largest error of all, of models and simple rules: what the bars are drawn against. */
export function largestError(scores: readonly Score[]): number {
  return Math.max(0, ...scores.flatMap((one) => [one.mae, one.baseline_mae ?? 0]));
}
