// What people call a day, a week, a month or a year.

import { m } from "../../messages";
import type { Report } from "./savings";

const SHAPES: Record<Report["by"], Intl.DateTimeFormatOptions> = {
  day: { weekday: "short", day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
  year: { year: "numeric" },
};

/** The name of a row that begins at `start`, in the house's time zone. */
export function rowName(start: string, by: Report["by"], zone: string): string {
  const format = new Intl.DateTimeFormat(m.locale, { ...SHAPES[by], timeZone: zone });
  const said = format.format(Date.parse(start));
  return by === "week" ? m.savings.weekFrom(said) : said;
}
