// Requests to the gateway. Each ends: with an answer, or with a sentence that says why not.

import { m } from "../messages";
import type { ClosedSlot } from "./types";

const COMMAND_TIMEOUT_MS = 20_000;
const HISTORY_TIMEOUT_MS = 15_000;

export interface Outcome {
  accepted: boolean;
  sentence: string;
}

export function address(path: string): URL {
  return new URL(path, document.baseURI);
}

/** Ask for what the contract's request at `path` stands for, and say what became of it. */
export async function command(path: string, body: object = {}): Promise<Outcome> {
  try {
    const answer = await fetch(address(`api/commands/${path}`), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    });
    const said = (await answer.json()) as { reason?: string; detail?: string };
    return { accepted: answer.ok, sentence: said.reason ?? said.detail ?? m.errors.unreadable };
  } catch (error) {
    return { accepted: false, sentence: sentenceOf(error) };
  }
}

/** The closed slots of [start, end) as the recorder knows them. */
export async function closedSlots(start: Date, end: Date): Promise<ClosedSlot[]> {
  const url = address("api/history/slots");
  url.search = new URLSearchParams({
    start: start.toISOString(),
    end: end.toISOString(),
  }).toString();
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(HISTORY_TIMEOUT_MS) });
  } catch (error) {
    throw new Error(sentenceOf(error));
  }
  const said = (await answer.json().catch(() => ({}))) as { columns?: Columns; detail?: string };
  if (!answer.ok || !said.columns) throw new Error(said.detail ?? m.errors.unreadable);
  return rows(said.columns);
}

type Columns = Record<string, unknown[]>;

function rows(columns: Columns): ClosedSlot[] {
  const names = Object.keys(columns);
  const count = columns["start"]?.length ?? 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? null])),
  ) as unknown as ClosedSlot[];
}

function sentenceOf(error: unknown): string {
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  return slow ? m.errors.timeout : m.errors.unreachable;
}
