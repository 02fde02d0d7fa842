// What the forecaster and the recorder say, as JSON: the part of it that the page reads.

import type { Bundle } from "../../live/types";

export type Quantity = "load" | "pv" | "price";
export const QUANTITIES: readonly Quantity[] = ["load", "pv", "price"];

export interface ModelCard {
  quantity: Quantity;
  version: string;
  level: string;
  basis: string;
  state: "current" | "former" | "rejected";
  trained_at: string | null;
  promoted_at: string | null;
  from_slot: string | null;
  to_slot: string | null;
  features: string[];
  reason: string;
  scores: Record<string, number>;
}

export interface Score {
  quantity: Quantity;
  lead: string;
  season: string;
  slots: number;
  mae: number;
  bias: number;
  pinball: number;
  coverage: number | null;
  baseline: string;
  baseline_mae: number | null;
  skill: number | null;
}

export interface Models {
  cards: ModelCard[];
  scores: Score[];
  next_training_at: string | null;
  training: boolean;
}

export interface Proposal {
  parameter: string;
  current: number;
  proposed: number;
  lowest: number;
  highest: number;
  proposed_at: string;
  evidence: string;
  samples: number;
}

export interface LearnedChange {
  parameter: string;
  before: number;
  after: number;
  changed_at: string;
  automatic: boolean;
  evidence: string;
  reverts: boolean;
}

export interface Learning {
  automatic: boolean;
  values: Record<string, number>;
  proposals: Proposal[];
  changes: LearnedChange[];
  looked_at: string | null;
}

interface Learned {
  models: Models | null;
  learning: Learning | null;
}

/** The models, with what the bundle knows of them. */
export function modelsOf(bundle: Bundle): Models | null {
  return (bundle as Bundle & Learned).models;
}

/** What was learned of the house's figures. */
export function learningOf(bundle: Bundle): Learning | null {
  return (bundle as Bundle & Learned).learning;
}
