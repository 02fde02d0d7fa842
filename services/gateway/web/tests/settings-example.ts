// The settings as the gateway tells them: its kept example, with other values where a test says so.

import kept from "../../../../tests/unit/gateway/settings/example.json?raw";
import type { Settings } from "../src/core/settings/api";

export const example = JSON.parse(kept) as Settings;

export function settings(more: Partial<Settings> = {}): Settings {
  return { ...example, ...more };
}
