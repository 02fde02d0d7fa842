// All words of the page, in the language of the browser where there is a file for it.

import { en } from "./en";

export type Messages = typeof en;

const languages: Record<string, Messages> = { en };

export const m: Messages =
  languages[(globalThis.navigator?.language ?? "en").slice(0, 2)] ?? en;
