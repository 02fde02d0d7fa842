// What keys of the configuration are called, where their own name says too little.

type Words = Record<string, string>;

export const TITLES: Words = {};

/** What they mean; empty: as the configuration says itself. */
export const HELP: Words = {
  battery: "",
  water_heater: "",
  location: "Weather is asked for here.",
};
