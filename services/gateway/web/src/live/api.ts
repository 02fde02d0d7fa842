// Requests to the gateway. Each ends: with an answer, or with a sentence that says why not.

import { m } from "../messages";
import type { ClosedSlot } from "./types";

const PATIENCE_MS = 20_000; // longer than the gateway's own with a service

/** What became of a command. */
export interface Outcome {
  accepted: boolean;
  sentence: string;
}

/** What may stand behind the `?` of a question; what is null is left out. */
export type Params = Record<string, string | number | boolean | Date | null | undefined>;

/** Why a request got no answer: a sentence for people, and what else the gateway said. */
export class RequestFailed extends Error {
  constructor(
    sentence: string,
    /** The status of HTTP; 0 when no answer came at all. */
    readonly status: number,
    /** The whole problem, such as the `problems` of refused settings. */
    readonly said: Readonly<Record<string, unknown>> = {},
  ) {
    super(sentence);
  }
}

/** Where `path` is, below whatever prefix the page is served. */
export function address(path: string, params: Params = {}): URL {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(params))
    if (value !== null && value !== undefined)
      url.searchParams.set(name, value instanceof Date ? value.toISOString() : String(value));
  return url;
}

/** The answer to `GET api/{path}`; throws `RequestFailed` with a sentence. */
export function ask<T>(path: string, params: Params = {}): Promise<T> {
  return request<T>(address(`api/${path}`, params), PATIENCE_MS, {});
}

/** What the gateway answers to `body` sent to `api/{path}` within `patience` [ms]; throws `RequestFailed`. */
export function send<T>(
  method: string,
  path: string,
  body: unknown = {},
  patience = PATIENCE_MS,
): Promise<T> {
  return request<T>(address(`api/${path}`), patience, {
    method,
    // The header is what no form of another site can send.
    headers: { "content-type": "application/json", "x-darkstar": "1" },
    body: JSON.stringify(body),
  });
}

/** Ask for what the contract's request at `path` stands for, and say what became of it. */
export async function command(path: string, body: object = {}): Promise<Outcome> {
  try {
    const said = await send<{ reason?: string }>("POST", `commands/${path}`, body);
    return { accepted: true, sentence: said.reason ?? "" };
  } catch (error) {
    return { accepted: false, sentence: sentenceOf(error) };
  }
}

/** The closed slots of [start, end) as the recorder knows them. */
export async function closedSlots(start: Date, end: Date): Promise<ClosedSlot[]> {
  const said = await ask<{ columns: Columns }>("history/slots", { start, end });
  return rows<ClosedSlot>(said.columns);
}

export type Columns = Record<string, unknown[]>;

/** The rows of what the recorder tells by columns. */
export function rows<Row>(columns: Columns): Row[] {
  const names = Object.keys(columns);
  const count = names[0] === undefined ? 0 : (columns[names[0]]?.length ?? 0);
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? null])),
  ) as Row[];
}

/** What `error` means to a person. */
export function sentenceOf(error: unknown): string {
  if (error instanceof RequestFailed) return error.message;
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  return slow ? m.errors.timeout : m.errors.unreachable;
}

let whenSignedOut: () => void = () => undefined;

/** Call `then` whenever the gateway wants to know first who asks. */
export function onSignedOut(then: () => void): void {
  whenSignedOut = then;
}

async function request<T>(url: URL, patience: number, options: RequestInit): Promise<T> {
  const signal = AbortSignal.timeout(patience);
  let answer: Response | undefined;
  let said: unknown;
  try {
    answer = await fetch(url, { ...options, signal });
    const text = await answer.text();
    said = text ? JSON.parse(text) : null;
  } catch (error) {
    const read = error instanceof SyntaxError;
    throw new RequestFailed(read ? m.errors.unreadable : sentenceOf(error), answer?.status ?? 0);
  }
  if (answer.ok) return said as T;
  if (answer.status === 401 && !url.pathname.endsWith("api/session")) whenSignedOut();
  const problem = (said ?? {}) as Record<string, unknown>;
  const detail = problem["detail"] ?? problem["reason"];
  const sentence = typeof detail === "string" && detail ? detail : m.errors.unreadable;
  throw new RequestFailed(sentence, answer.status, problem);
}
