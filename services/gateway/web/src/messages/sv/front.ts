import type { front as en } from "../en/front";

export const front: typeof en = {
  places: {
    sun: "Sol",
    grid: "Elnät",
    battery: "Batteri",
    house: "Hus",
    water: "Varmvatten",
    car: "Bil",
  },
  ways: {
    sun: { in: "ger", out: "tar", none: "inget" },
    grid: { in: "köps", out: "säljs", none: "inget" },
    battery: { in: "ger", out: "laddas", none: "vilar" },
    house: { in: "ger", out: "förbrukar", none: "inget" },
    water: { in: "ger", out: "värms", none: "värms inte" },
    car: { in: "ger", out: "laddas", none: "laddas inte" },
  },
  old: (age: string) => `Blekt: uppmätt för ${age} sedan`,
  limits: {
    charge: (kw: string) => `ladda högst ${kw} kW`,
    discharge: (kw: string) => `ladda ur högst ${kw} kW`,
    export: (kw: string) => `sälj högst ${kw} kW`,
  },
  target: (percent: string) => `mål för laddningsnivån ${percent} %`,
  prices: {
    next: "Nästa kvart",
    cheapest: "Billigast inom ett dygn",
    dearest: "Dyrast inom ett dygn",
  },
  outlook: {
    heading: "Det närmaste dygnet",
    price: (currency: string) => `pris, ${currency}/kWh`,
    soc: "batteri, 0–100 %",
    coming: "På gång",
    end: (percent: string) => `Därefter ungefär ${percent} % i batteriet.`,
    range: (low: string, high: string) => `Priserna det närmaste dygnet går från ${low} till ${high}.`,
  },
  today: {
    heading: "Hittills i dag",
    cost: "Kostnad",
    earned: "Intjänat",
    saved: "Sparat av batteriet",
    sun: "Från solen",
    used: "Förbrukat",
    bought: "Köpt",
    sold: "Sålt",
    own: "Egen el",
    nothing: "Inget av i dag är antecknat än; den första kvarten kommer snart.",
  },
  ways_: {
    heading: "Så sköts huset",
    risk: "Risk",
    risks: ["störst reserv", "försiktig", "avvägd", "djärv", "minst reserv"],
    comfort: "Varmvatten",
    comforts: ["sparar mest", "sparar", "avvägt", "bekvämt", "aldrig kallt"],
    export: "Försäljning",
    exportHint: "Planen får sälja till elnätet.",
    vacation: "Semester",
    vacationHint: "Ingen är hemma: mindre varmvatten, mindre i reserv.",
    away: "Ingen är hemma, tills något annat sägs.",
    awayUntil: (time: string) => `Ingen är hemma till ${time}.`,
    awayFor: "Borta så länge från nu",
    days: (days: number) => (days === 1 ? "1 dag" : `${days} dagar`),
    waiting: "Väntar på att planeraren berättar hur den ser framåt.",
  },
  advice: {
    heading: "Vad som väntar, och när du kan starta",
    ahead: (until: string, money: string) =>
      `Till ${until} är planen ${money} bättre än vad det vore utan batteri.`,
    quiet: "Planen låter batteriet vila.",
    chapters: {
      charge_from_grid: (span: string, kwh: string, each: string) =>
        `Laddar ${kwh} kWh från elnätet ${span}${each && ` för ${each}`}`,
      charge_from_pv: (span: string, kwh: string) => `Lagrar ${kwh} kWh sol ${span}`,
      discharge: (span: string, kwh: string, each: string) =>
        `Driver huset med ${kwh} kWh ur batteriet ${span}${each && ` i stället för ${each}`}`,
      export: (span: string, kwh: string, each: string) =>
        `Säljer ${kwh} kWh ${span}${each && ` för ${each}`}`,
      heat: (span: string, kwh: string, each: string) =>
        `Värmer vatten med ${kwh} kWh ${span}${each && ` för ${each}`}`,
      drive: (span: string, kwh: string, each: string) =>
        `Laddar bilen med ${kwh} kWh ${span}${each && ` för ${each}`}`,
      rest: (span: string) => `Vilar ${span}`,
    },
    usedFrom: (time: string, each: string) => `; används från ${time}, då den är värd ${each}`,
    appliances: "Bästa tid att starta",
    unknown: "ingen plan når så långt",
    atOnce: (cost: string) => (cost ? `nu: ${cost}` : "nu"),
    wait: (time: string, cost: string) => `${time}: ${cost}`,
    insteadOf: (cost: string, saved: string) => `nu ${cost}, alltså ${saved} sparat`,
    surplus: (percent: string) => `${percent} % från sol som annars skulle säljas`,
    forecast: "enligt prisprognos",
    names: {
      dishwasher: "Diskmaskin",
      dryer: "Torktumlare",
      washing_machine: "Tvättmaskin",
    },
  },
};
