import type { savings as english } from "../en/savings";

export const savings: typeof english = {
  today: "Hittills i dag",
  period: "Vilken tid",
  periods: { week: "Denna vecka", month: "Denna månad", year: "I år", all: "Hela tiden" },
  totals: (period) => `${period}, totalt`,
  cost: "Kostnad",
  earned: "Intäkt",
  costNote: "Köpt minus sålt",
  saved: "Sparat",
  savedNote: "mot inget batteri, med det som finns kvar i det",
  planning: "Genom planering",
  planningNote: "mot ett batteri som inte känner till priserna",
  missed: "Ännu möjligt",
  missedNote: (days, part) => {
    const over = days === 1 ? "1 dag" : `${days} dagar`;
    const told = `mindre, om allt varit känt i förväg (${over})`;
    return part === null ? told : `${told}; ${part} % av det möjliga sparades`;
  },
  missedUnknown: "räknas ut morgonen efter",
  cycles: "Cykler",
  cyclesNote: (cost, currency) => `slitage ${cost} ${currency}`,
  sufficiency: "Egen el",
  sufficiencyNote: "av husets förbrukning köptes inte",
  consumption: "Egen sol",
  consumptionNote: "av solelen användes här",
  bought: "Köpt, kWh",
  sold: "Sålt, kWh",
  coverage: (percent) => `Av ${percent} % av tiden; resten mättes inte och räknas inte med.`,
  nothing: "Inget av denna tid är registrerat än.",
  rows: { day: "Dag för dag", week: "Vecka för vecka", month: "Månad för månad", year: "År för år" },
  weekFrom: (day) => `Vecka från ${day}`,
  caption: (currency) => `Pengar i ${currency}`,
  time: "Tid",
  take: "Spara som CSV",
  how: "Varje siffra jämför samma hus, samma sol och samma priser, kvart för kvart. Utan batteri köps allt som behövs och säljs allt överskott. Ett batteri som inte känner till priserna lagrar överskott och täcker behov. Det som ännu var möjligt är vad samma planerare hade gjort om den känt dagen i förväg.",
};
