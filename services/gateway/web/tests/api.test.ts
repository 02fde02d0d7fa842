import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { address, ask, command, onSignedOut, RequestFailed, rows, send } from "../src/live/api";
import { en } from "../src/messages/en";

type Answer = () => Promise<Response>;
let asked: Request[] = [];
let signedOut = 0;

function answers(answer: Answer): void {
  vi.stubGlobal("fetch", (url: URL, options: RequestInit) => {
    asked.push(new Request(url, options));
    return answer();
  });
}

function says(body: unknown, status = 200): Answer {
  return () => Promise.resolve(new Response(JSON.stringify(body), { status }));
}

beforeEach(() => {
  asked = [];
  signedOut = 0;
  vi.stubGlobal("document", { baseURI: "http://house/some/prefix/" });
  onSignedOut(() => (signedOut += 1));
});
afterEach(() => vi.unstubAllGlobals());

describe("address", () => {
  it("is below the prefix, and leaves out what is not known", () => {
    const url = address("api/energy", { period: "week", by: null, n: 3, at: undefined });
    expect(url.href).toBe("http://house/some/prefix/api/energy?period=week&n=3");
  });
});

describe("ask", () => {
  it("gives the answer", async () => {
    answers(says({ cost: 3 }));
    expect(await ask("energy", { start: new Date(0) })).toEqual({ cost: 3 });
    expect(asked[0]?.url).toContain("start=1970-01-01T00%3A00%3A00.000Z");
  });

  it.each([
    ["the gateway's own sentence", says({ detail: "Ask later." }, 503), "Ask later.", 503],
    ["one for an answer without", says({}, 500), en.errors.unreadable, 500],
    ["one for what is no JSON", () => Promise.resolve(new Response("<html>")), en.errors.unreadable, 200],
    ["one for no answer", () => Promise.reject(new TypeError("x")), en.errors.unreachable, 0],
    [
      "one for a slow answer",
      () => Promise.reject(new DOMException("x", "TimeoutError")),
      en.errors.timeout,
      0,
    ],
  ] as [string, Answer, string, number][])("throws %s", async (_, answer, sentence, status) => {
    answers(answer);
    const error = await ask("energy").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RequestFailed);
    expect(error).toMatchObject({ message: sentence, status });
  });

  it("tells that the gateway wants to know who asks", async () => {
    answers(says({ detail: "Who are you?" }, 401));
    await expect(ask("today")).rejects.toThrow("Who are you?");
    expect(signedOut).toBe(1);
  });

  it("takes a wrong password for no end of a session", async () => {
    answers(says({ detail: "No." }, 401));
    await expect(send("POST", "session", { password: "x" })).rejects.toThrow("No.");
    expect(signedOut).toBe(0);
  });
});

describe("send", () => {
  it("sends JSON, and the header that other sites cannot", async () => {
    answers(says({}));
    await send("POST", "settings", { revision: "r" });
    expect(asked[0]?.headers.get("x-darkstar")).toBe("1");
    expect(asked[0]?.headers.get("content-type")).toBe("application/json");
    expect(await asked[0]?.json()).toEqual({ revision: "r" });
  });

  it("keeps what else the gateway said", async () => {
    answers(says({ detail: "Not so.", problems: [{ key: "a" }] }, 422));
    const error = await send("POST", "settings").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ said: { problems: [{ key: "a" }] } });
  });

  it("takes an empty answer for one", async () => {
    answers(() => Promise.resolve(new Response(null, { status: 204 })));
    expect(await send("DELETE", "session")).toBeNull();
  });
});

describe("command", () => {
  it("says what became of it, whatever that is", async () => {
    answers(says({ reason: "Paused." }));
    expect(await command("pause/set")).toEqual({ accepted: true, sentence: "Paused." });
    answers(says({ detail: "No battery." }, 422));
    expect(await command("override/set")).toEqual({ accepted: false, sentence: "No battery." });
  });
});

describe("rows", () => {
  it("are made of columns, with null where a column is short", () => {
    expect(rows({ a: [1, 2], b: ["x"] })).toEqual([
      { a: 1, b: "x" },
      { a: 2, b: null },
    ]);
  });
  it("are none of no columns", () => expect(rows({})).toEqual([]));
});
