// Colours of the chart, from the page's style sheet, so that both themes are written in one place.

const NAMES = [
  "text",
  "muted",
  "grid",
  "line",
  "past",
  "accent",
  "onaccent",
  "price",
  "pv",
  "load",
  "import",
  "export",
  "charge",
  "discharge",
  "water",
  "ev",
  "soc",
] as const;

export type Palette = Record<(typeof NAMES)[number], string>;

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const pairs = NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(pairs) as Palette;
}

/** `colour` (#rrggbb) with an opacity. */
export function faded(colour: string, opacity: number): string {
  return `${colour}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
