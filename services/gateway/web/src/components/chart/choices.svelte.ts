// Which series are shown: remembered by the browser, for all charts of the page.

import { ALL_SHOWN, type Shown } from "../../chart/series";
import { recall, remember } from "../../core/remember";

class Choices {
  shown = $state.raw<Shown>({ ...ALL_SHOWN, ...hidden() });

  toggle(name: keyof Shown): void {
    this.shown = { ...this.shown, [name]: !this.shown[name] };
    const off = Object.entries(this.shown).filter(([, on]) => !on);
    remember("hidden", off.map(([one]) => one).join(","));
  }
}

function hidden(): Partial<Shown> {
  const kept = (recall("hidden") ?? "").split(",").filter((name) => name in ALL_SHOWN);
  return Object.fromEntries(kept.map((name) => [name, false]));
}

export const choices = new Choices();
