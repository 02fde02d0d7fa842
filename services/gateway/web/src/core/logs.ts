// Lines of the services' logs: what is kept on the page, and which of it is shown.

export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogLine {
  number: number;
  service: string;
  at: string;
  level: Level | "critical";
  event: string;
  house_time: string | null;
  details: Record<string, unknown>;
}

/** So many lines are kept; older ones are in the file to be downloaded. */
export const KEPT = 1000;

/** What is kept after `more` came; a line that came twice is kept once. */
export function kept(lines: readonly LogLine[], more: readonly LogLine[]): LogLine[] {
  const last = lines.at(-1)?.number ?? -1;
  return [...lines, ...more.filter((line) => line.number > last)].slice(-KEPT);
}

/** What a line says besides its event, as one text. */
export function detailsOf(line: LogLine): string {
  return Object.entries(line.details)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

/** The lines in which each word of `text` stands, in whichever case. */
export function found(lines: readonly LogLine[], text: string): readonly LogLine[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return lines;
  return lines.filter((line) => {
    const said = `${line.service} ${line.level} ${line.event} ${detailsOf(line)}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
