import type { welcome as en } from "../en/welcome";

export const welcome: typeof en = {
  progress: "Första stegen",
  later: "Senare",
  back: "Tillbaka",
  next: "Nästa",
  save: "Spara och planera",
  go: "Gå vidare",
  offer: "Darkstar känner inte huset ännu. Några steg leder till den första planen.",
  begin: "Första stegen",
  steps: {
    broker: {
      name: "Broker",
      heading: "Välkommen till Darkstar",
      text: "Darkstar planerar vad batteri, varmvattenberedare och bil gör, utifrån priser och sol. Huset nås genom din MQTT-broker. Det här finns där.",
    },
    roles: {
      name: "Entiteter",
      heading: "Vem spelar vilken roll?",
      text: "Det här är de delar av ett hus som Darkstar läser och ställer in. Det som hittats föreslås, med vad som talar för det; välj något annat eller skriv ett namn där det är fel.",
    },
    prices: {
      name: "Priser",
      heading: "Vad kostar energin?",
      text: "Dagens spotpris i ditt elområde, och vad nät, skatt och elhandlare lägger till.",
    },
    devices: {
      name: "Apparater",
      heading: "Vad finns i huset?",
      text: "Vad det har, och gränserna som aldrig överskrids. Det du lämnar som det är kan ändras senare.",
    },
    shadow: {
      name: "Skugga",
      heading: "Titta på först",
      text: "I skuggläge beslutar och antecknar Darkstar allt men skriver inget till dina apparater. Låt det vara på några dagar, jämför, och stäng av det på sidan Styrning eller här när du litar på det.",
    },
    plan: {
      name: "Plan",
      heading: "Den första planen",
      text: "Tjänsterna läser av huset, hämtar priser, gör prognoser och planerar. Det tar några sekunder, med en långsam källa en minut eller två.",
    },
  },
  broker: {
    there: (address) => `Brokern på ${address} finns.`,
    away: (address) =>
      `Brokern på ${address} går inte att nå. Kontrollera att den är igång, och mqtt.host och mqtt.port bland inställningarna.`,
    discovered: (count) =>
      count === 0 ? "Inget är hittat ännu." : count === 1 ? "1 entitet är hittad." : `${count} entiteter är hittade.`,
    looking: "Det som dyker upp visas här av sig självt. Du kan gå vidare och komma tillbaka när som helst.",
    devices: "Apparater",
    count: (count) => (count === 1 ? "1 entitet" : `${count} entiteter`),
  },
  zone: (here, set) => `Webbläsaren är i ${here}, huset i ${set}.`,
  useZone: (here) => `Använd ${here}`,
  trial: "Priserna är påhittade, för ett prov. Välj en riktig källa här nedanför, till exempel Nord Pool.",
  review: (count) => (count === 1 ? "Det här sparas:" : `De här ${count} sparas:`),
  nothing: "Inget är ändrat: inställningarna används som de är.",
  there: "finns",
  missing: "inte ännu",
  stages: {
    house: { name: "Huset är avläst", waits: "– väntar på dess sensorer" },
    prices: { name: "Priserna är kända", waits: "– väntar på priskällan" },
    load: { name: "Förbrukningen har en prognos", waits: "– väntar på prognosen" },
    sun: { name: "Solen har en prognos", waits: "– väntar på prognosen" },
    plan: { name: "Den första planen är gjord", waits: "– väntar på planeringen" },
  },
  planned: (hours) => `Huset har en plan för de närmaste ${hours} timmarna.`,
  costs: (cost, currency) => `Den kostar ${cost} ${currency}.`,
  soon: "Varje rad bockas av av sig själv.",
  long: "Det tar längre tid än vanligt. Den markerade raden säger vad som saknas; under Hälsa står vad varje tjänst berättar.",
  toNow: "Visa huset",
  toNowEarly: "Vänta inte",
};
