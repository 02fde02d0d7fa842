import type { strip as english } from "../en/strip";

export const strip: typeof english = {
  keys: "Vänster- och högerpil går från en tid till nästa.",
};
