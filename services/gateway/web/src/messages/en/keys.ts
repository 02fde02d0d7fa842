// What keys of the configuration are called, where their own name says too little.

type Words = Record<string, string>;

export const TITLES: Words = {};

/** What they mean; empty: as the configuration says itself. */
export const HELP: Words = {
  battery: "What it can do, and the limits that no plan exceeds.",
  water_heater: "What it draws, how warm it is kept, and when it may heat.",
  location: "Weather is asked for here.",
};
