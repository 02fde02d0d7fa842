import type { access as english } from "../en/access";

export const access: typeof english = {
  title: "Logga in",
  lead: "Det här är sidan för ditt hus energi. Den som kan lösenordet får titta och styra.",
  password: "Lösenord",
  show: "Visa lösenordet",
  enter: "Logga in",
  entering: "Loggar in …",
  wrong: "Det är inte rätt lösenord.",
  wait: (seconds: number) =>
    seconds > 90
      ? `För många felaktiga lösenord. Försök igen om ${Math.ceil(seconds / 60)} minuter.`
      : `För många felaktiga lösenord. Försök igen om ${seconds} sekunder.`,
  forgotten:
    "Lösenordet finns där Darkstar är installerat: i filen deploy/secrets/page_password eller i variabeln DARKSTAR_GATEWAY_PASSWORD.",
};
