// Small choices that a browser keeps; where it may not, they last as long as the page.

const memory = new Map<string, string>();

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`darkstar.${key}`);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`darkstar.${key}`, value);
  } catch {
    memory.set(key, value);
  }
}
