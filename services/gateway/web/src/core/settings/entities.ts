// The entities of the house, as they are offered for a role.

export interface Entity {
  entity: string;
  component: string;
  name: string;
  device: string;
  unit: string | null;
  device_class: string | null;
  settable: boolean;
  value: string | null;
  /** The role it plays already. */
  plays: string | null;
}

export interface Proposal {
  entity: string;
  likely: boolean;
  because: string;
}

/** A role of the house: what plays it, and what could. */
export interface Role {
  role: string;
  status: "bound" | "missing" | "ambiguous" | "wrong_unit" | "wrong_options" | "unavailable";
  entity: string | null;
  optional: boolean;
  detail: string;
  proposals: Proposal[];
}

export interface Entities {
  entities: Entity[];
  roles: Role[];
  profile: string;
  /** What keeps the list from being of use, and what to do about it. */
  note: string | null;
  broker: { connected: boolean; address: string };
}

/** One entity that is offered, and what speaks for it. */
export interface Offer {
  entity: string;
  about: string;
  because: string;
}

/** Offers under one heading: `likely`, `possible`, or the name of a device. */
export interface Shelf {
  kind: "likely" | "possible" | "device";
  device: string;
  offers: Offer[];
}

const MOST = 80;

/** What is offered for a role, the likeliest first, then all there is by device. */
export function shelves(
  entities: readonly Entity[],
  proposals: readonly Proposal[],
  text: string,
): Shelf[] {
  const known = new Map(entities.map((one) => [one.entity, one]));
  const fits = wanted(text);
  const proposed = (likely: boolean): Offer[] =>
    proposals
      .filter((one) => one.likely === likely)
      .map((one) => offer(known.get(one.entity), one.entity, one.because))
      .filter(fits);
  const first = new Set(proposals.map((one) => one.entity));
  const rest = entities.filter((one) => !first.has(one.entity));
  const devices = [...new Set(rest.map((one) => one.device))].sort((a, b) => a.localeCompare(b));
  const made: Shelf[] = [
    { kind: "likely", device: "", offers: proposed(true) },
    { kind: "possible", device: "", offers: proposed(false) },
    ...devices.map((device) => ({
      kind: "device" as const,
      device,
      offers: rest
        .filter((one) => one.device === device)
        .map((one) => offer(one, one.entity, ""))
        .filter(fits),
    })),
  ];
  return shortened(made.filter((shelf) => shelf.offers.length > 0));
}

/** The likely entity of every role that nothing plays yet; none is given two roles. */
export function likely(roles: readonly Role[], chosen: Readonly<Record<string, string>>): Record<string, string> {
  const taken = new Set(Object.values(chosen));
  const made: Record<string, string> = {};
  for (const one of roles) {
    const best = one.proposals.find((proposal) => proposal.likely);
    if (!best || chosen[one.role] || taken.has(best.entity)) continue;
    made[one.role] = best.entity;
    taken.add(best.entity);
  }
  return made;
}

function offer(found: Entity | undefined, entity: string, because: string): Offer {
  const value = found?.value ? `${found.value} ${found.unit ?? ""}`.trim() : "";
  return { entity, about: [found?.name, value].filter(Boolean).join(" · "), because };
}

function wanted(text: string): (one: Offer) => boolean {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (one) => {
    const said = `${one.entity} ${one.about}`.toLowerCase();
    return parts.every((part) => said.includes(part));
  };
}

function shortened(all: Shelf[]): Shelf[] {
  let left = MOST;
  return all.flatMap((shelf) => {
    const offers = shelf.offers.slice(0, left);
    left -= offers.length;
    return offers.length ? [{ ...shelf, offers }] : [];
  });
}
