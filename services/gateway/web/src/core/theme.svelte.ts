// Light or dark: as the system says, until someone chooses.

import { recall, remember } from "./remember";

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");

class ThemeChoice {
  chosen = $state<Theme | null>(read());
  dark = $state(system.matches);

  get current(): Theme {
    return this.chosen ?? (this.dark ? "dark" : "light");
  }

  toggle(): void {
    this.chosen = this.current === "dark" ? "light" : "dark";
    remember("theme", this.chosen);
    applyTheme();
  }
}

function read(): Theme | null {
  const kept = recall("theme");
  return kept === "light" || kept === "dark" ? kept : null;
}

export const theme = new ThemeChoice();
system.addEventListener("change", (event) => {
  theme.dark = event.matches;
});

export function applyTheme(): void {
  if (theme.chosen) document.documentElement.dataset["theme"] = theme.chosen;
}
