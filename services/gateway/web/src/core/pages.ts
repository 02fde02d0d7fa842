// The pages there are, in the order of the navigation; each is loaded when it is first looked at.

import type { Component } from "svelte";
import type { Bundle } from "../live/types";
import type { HouseTime } from "./format";

/** What every page is given. */
export interface PageProps {
  bundle: Bundle;
  time: HouseTime;
  /** The house's time [ms]. */
  now: number;
}

export type PageName = keyof typeof pages;

export const pages = {
  now: () => import("../pages/Now.svelte"),
  plan: () => import("../pages/Plan.svelte"),
  savings: () => import("../pages/Savings.svelte"),
  executor: () => import("../pages/Executor.svelte"),
  aurora: () => import("../pages/Aurora.svelte"),
  lab: () => import("../pages/Lab.svelte"),
  settings: () => import("../pages/Settings.svelte"),
  health: () => import("../pages/Health.svelte"),
  welcome: () => import("../pages/Welcome.svelte"),
} satisfies Record<string, () => Promise<{ default: Component<PageProps> }>>;

export const names = Object.keys(pages) as PageName[];

/** Those that the navigation names; the others are led to from where they are of use. */
export const named = names.filter((name) => name !== "welcome");
