import { describe, expect, it } from "vitest";
import { LANGUAGES, languageOf } from "../src/core/language";
import { en } from "../src/messages/en";
import { sv } from "../src/messages/sv";

describe("languageOf", () => {
  it.each([
    ["what was chosen", "sv", ["en-GB"], "sv"],
    ["the first wish there are words for", null, ["fr-FR", "sv-SE", "en"], "sv"],
    ["a wish in capitals", null, ["SV-fi"], "sv"],
    ["English, when nothing fits", null, ["de-DE"], "en"],
    ["English, when nothing is wished", null, [], "en"],
    ["what is wished, when the choice is unknown", "tlh", ["sv"], "sv"],
    ["no name that every object has", "constructor", [], "en"],
  ])("is %s", (_, chosen, wished, expected) => {
    expect(languageOf(chosen, wished)).toBe(expected);
  });

  it("has a name for each language in itself", () => {
    expect(Object.keys(LANGUAGES).sort()).toEqual(["en", "sv"]);
  });
});

/** The path of each word, and what it is: a text, or a function. */
function shape(words: object, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, word]: [string, unknown]): [string, string][] => {
    const at = path ? `${path}.${name}` : name;
    if (typeof word === "object" && word !== null) return shape(word, at);
    return [[at, typeof word]];
  });
}

describe("the languages", () => {
  // Swedish may have more: words for names that English takes as they come.
  it("have the same words", () => {
    const swedish = new Map(shape(sv));
    const missing = shape(en).filter(([at, kind]) => swedish.get(at) !== kind);
    expect(missing).toEqual([]);
  });

  it("have no empty word", () => {
    const empty = (words: object, path: string): string[] =>
      Object.entries(words).flatMap(([name, word]: [string, unknown]) =>
        typeof word === "object" && word !== null
          ? empty(word, `${path}.${name}`)
          : word === ""
            ? [`${path}.${name}`]
            : [],
      );
    expect([...empty(en, "en"), ...empty(sv, "sv")]).toEqual([]);
  });
});
