// All words of the page, in one language: chosen once, when the page is loaded.

import { languageOf, type Language } from "../core/language";
import { recall, remember } from "../core/remember";
import { en } from "./en";

export type Messages = typeof en;

/** The language the page speaks. */
export const language: Language = languageOf(
  recall("language"),
  globalThis.navigator?.languages ?? [],
);

/** The words; those of another language than English are loaded only where they are spoken. */
export const m: Messages = language === "sv" ? (await import("./sv")).sv : en;

/** Speak another language from now on: the page is loaded anew in it. */
export function speak(choice: Language): void {
  remember("language", choice);
  location.reload();
}
