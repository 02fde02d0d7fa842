// What is likely to be typed into a text field; anything else may be typed as well.

/** Bidding zones of the European day-ahead markets, as Nord Pool and energy-charts call them. */
const AREAS = [
  ...["SE1", "SE2", "SE3", "SE4", "NO1", "NO2", "NO3", "NO4", "NO5", "DK1", "DK2", "FI"],
  ...["EE", "LV", "LT", "DE-LU", "AT", "BE", "CH", "CZ", "ES", "FR", "HU", "NL", "PL", "PT", "SI"],
];

/** Currencies that European day-ahead prices are told in. */
const CURRENCIES = ["EUR", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CHF", "RON", "BGN"];

/** The inverter profiles that come with Darkstar. */
export const PROFILES = [
  ...["deye", "fronius", "generic", "givenergy", "goodwe", "growatt", "huawei", "solaredge"],
  ...["solis", "sungrow", "victron"],
];

/** What is offered at `key`; nothing where nobody can know. */
export function suggestions(key: string): readonly string[] {
  if (key === "timezone") return Intl.supportedValuesOf("timeZone");
  return { "tariff.area": AREAS, "tariff.currency": CURRENCIES, "inverter.profile": PROFILES }[key] ?? [];
}
