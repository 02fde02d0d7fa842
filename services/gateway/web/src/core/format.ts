// Numbers and times as people read them: in the page's language and the house's time zone.

import { m } from "../messages";

const formats = new Map<string, Intl.NumberFormat>();

export function number(value: number, digits: number): string {
  const key = String(digits);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(m.locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(key, format);
  }
  const text = format.format(value);
  return /^-0([.,]0*)?$/.test(text) ? text.slice(1) : text;
}

export const kw = (value: number): string => number(value, Math.abs(value) < 9.95 ? 1 : 0);
export const percent = (value: number): string => number(value, 0);
export const price = (value: number): string => number(value, 2);

/** `text` as a sentence begins. */
export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(m.locale) + text.slice(1);
}

export class HouseTime {
  readonly #time: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;

  constructor(readonly zone: string) {
    const base = { timeZone: zone } as const;
    const clock = { ...base, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    this.#time = new Intl.DateTimeFormat(m.locale, clock);
    this.#seconds = new Intl.DateTimeFormat(m.locale, { ...clock, second: "2-digit" });
    this.#weekday = new Intl.DateTimeFormat(m.locale, { ...base, weekday: "short" });
    this.#date = new Intl.DateTimeFormat("en-CA", base);
    this.#day = new Intl.DateTimeFormat(m.locale, {
      ...base,
      weekday: "long",
      day: "numeric",
      month: "long",
    });
  }

  time(moment: number | string): string {
    return this.#time.format(ms(moment));
  }

  seconds(moment: number): string {
    return this.#seconds.format(moment);
  }

  day(moment: number): string {
    return this.#day.format(moment);
  }

  weekday(moment: number): string {
    return this.#weekday.format(moment);
  }

  /** The local date, to tell days apart. */
  date(moment: number): string {
    return this.#date.format(moment);
  }

  /** The time, with the weekday where it is another day than `now`. */
  near(moment: number | string, now: number): string {
    const at = ms(moment);
    const other = this.date(at) !== this.date(now);
    return other ? `${this.weekday(at)} ${this.time(at)}` : this.time(at);
  }
}

/** How long, in words: the two largest units. */
export function duration(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 1) return m.time.underAMinute;
  if (minutes < 60) return m.time.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return m.time.hours(hours, minutes % 60);
  return m.time.days(Math.round(hours / 24));
}

function ms(moment: number | string): number {
  return typeof moment === "number" ? moment : Date.parse(moment);
}
