// Which page is looked at: what stands after `#/`, so that any prefix of a proxy works.

import { names, type PageName } from "./pages";

class Route {
  page = $state<PageName>(read());

  /** What stands after the page's name, such as a section of it. */
  rest = $state(restOf());

  /** Asked with the address that is wanted; while it says true, the page stays. */
  hold: ((wanted: string) => boolean) | null = null;

  constructor() {
    addEventListener("hashchange", (event) => {
      if (this.hold?.(location.hash)) {
        history.pushState(null, "", event.oldURL);
        return;
      }
      this.page = read();
      this.rest = restOf();
    });
  }
}

function parts(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/");
}

function read(): PageName {
  const [said] = parts();
  return names.find((one) => one === said) ?? "now";
}

function restOf(): string {
  return parts().slice(1).join("/");
}

export const route = new Route();
