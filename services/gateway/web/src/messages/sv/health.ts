import type { checks as en } from "../en/health";

export const checks: typeof en = {
  allRuns: "Alla tjänster är igång och har inget att klaga på.",
  todo: "Gör så här:",
  services: {
    heading: "Tjänster",
    name: "Tjänst",
    state: "Läge",
    version: "Version",
    since: "Sedan",
    mixed: "Tjänsterna har inte samma version. Uppdatera dem tillsammans.",
  },
  tools: {
    heading: "Prova och åtgärda",
    notify: "Skicka ett provmeddelande",
    notifyHint: "Till varje mottagare som är inställd; svaret säger hur det gick för var och en.",
    homeAssistant: "Prova Home Assistant",
    homeAssistantHint: "Frågar med den adress och den nyckel som är inställda. Inget ändras.",
    reset: "Glöm dagens lärande",
    resetSure: "Ja, glöm dagens lärande",
    resetHint: "Glömmer vad som lärts sedan midnatt, efter en dag som inte var som andra.",
    cancel: "Avbryt",
    dump: "Hämta en dump",
    dumpHint:
      "Inställningar, plan och det senaste planeringsproblemet i en fil, utan hemligheter, plats eller namn.",
    leave: "Logga ut",
    leaveHint: "Den här webbläsaren får ange lösenordet igen.",
    docs: "Vad program kan fråga: beskrivningen av API:et",
  },
  logs: {
    heading: "Loggar",
    service: "Tjänst",
    all: "Alla",
    level: "Minst",
    levels: {
      debug: "Detaljer",
      info: "Information",
      warning: "Varning",
      error: "Fel",
      critical: "Kritiskt",
    },
    search: "Med dessa ord",
    follow: "Följ",
    pause: "Håll stilla",
    download: "Hämta",
    none: "Ingen sådan rad har loggats.",
  },
};
