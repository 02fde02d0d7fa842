// The help of a key as people read it: the file's own words for nothing, yes and no are the page's.

/** A piece of a text: plain, or as it stands in the file. */
export interface Piece {
  text: string;
  code: boolean;
}

/** `text` in pieces; what stands between backticks is code. */
export function pieces(text: string): Piece[] {
  return text
    .split("`")
    .map((part, place) => ({ text: part, code: place % 2 === 1 }))
    .filter((part) => part.text !== "");
}

/** `help` without `null:`, `true:` and `false:`, which no field of the page shows. */
export function plain(help: string, none: string, yes: string, no: string): string {
  const words: Record<string, string> = { null: none, true: yes, false: no };
  return help.replace(/(^|[;.] )(null|true|false):/g, (_, before: string, word: string) => {
    const said = words[word] ?? word;
    return `${before}${before.startsWith(";") ? said.toLowerCase() : said}:`;
  });
}
