// Which language the page speaks: what was chosen here, else what the browser asks for.

export type Language = "en" | "sv";

/** What each language calls itself. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", sv: "Svenska" };

/**
 * The language to speak.
 *
 * @param chosen What was chosen on this page before, if anything.
 * @param wished The browser's languages, dearest first, such as `sv-SE`.
 */
export function languageOf(chosen: string | null, wished: readonly string[]): Language {
  const wishes = chosen ? [chosen, ...wished] : wished;
  return wishes.map((wish) => wish.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

function isLanguage(name: string): name is Language {
  return Object.hasOwn(LANGUAGES, name);
}
