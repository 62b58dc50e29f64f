/** The cuts of a rule, as the server makes them (vigie.zoning.classes.classify): who falls into which class. */

/** A class of the rule as the page tells it: where it ends, by a value, by a share of the people (per cent) or both. */
export interface Class {
  id: string;
  role: string;
  at_most: number | null;
  share: number | null;
  chosen: boolean;
  official: { at_most: number | null; share: number | null };
}

/** The zones of a rule: ``people`` fill the shares, ``residents`` are counted, ``met`` are those that meet the
 * conditions of a class, by its place among the classes that the rule fills. */
export interface Zones {
  zones: string[];
  values: (number | null)[];
  people: number[];
  residents: number[];
  zone_of: number[];
  met: Record<string, number[]>;
}

const SLACK = 1e-9;

/** Cuts the zones again and again: their order by value never changes. */
export class Cutter {
  private readonly order: Int32Array;
  private readonly runEnd: Int32Array;
  private readonly total: number;

  constructor(private readonly data: Zones) {
    const known = data.values.flatMap((value, at) => (value === null ? [] : [at]));
    const value = (at: number) => data.values[at] ?? 0;
    this.order = Int32Array.from(known).sort((a, b) => value(a) - value(b) || a - b);
    this.runEnd = new Int32Array(this.order.length);
    for (let place = this.order.length - 1; place >= 0; place -= 1) {
      const here = this.order[place] ?? 0;
      const next = this.order[place + 1];
      const same = next !== undefined && value(next) === value(here);
      this.runEnd[place] = same ? (this.runEnd[place + 1] ?? place) : place;
    }
    this.total = this.order.reduce((sum, at) => sum + (data.people[at] ?? 0), 0);
  }

  /** The place among ``classes`` of each zone's class; ``classes.length`` for a zone without a value. */
  cut(classes: Class[]): Uint8Array {
    const filled = classes.flatMap((one, place) => (one.chosen ? [] : [place]));
    const none = classes.length;
    const found = new Uint8Array(this.data.values.length).fill(none);
    let [taken, bound, shared] = [0, 0, true];
    filled.slice(0, -1).forEach((place, among) => {
      const one = classes[place];
      if (!one) return;
      if (one.share !== null) bound = (shared ? bound : taken) + (this.total * one.share) / 100;
      shared = one.share !== null;
      taken += this.fill(found, none, place, one, this.data.met[String(among)], one.share === null ? null : bound - taken);
    });
    const last = filled.at(-1) ?? 0;
    for (const at of this.order) if (found[at] === none) found[at] = last;
    return found;
  }

  /** Put into a class the free zones that it takes, and tell how many people they are. */
  private fill(
    found: Uint8Array,
    none: number,
    place: number,
    one: Class,
    met: number[] | undefined,
    room: number | null,
  ): number {
    const meets = met === undefined ? undefined : new Set(met);
    const free = (at: number) =>
      found[at] === none &&
      (one.at_most === null || (this.data.values[at] ?? 0) <= one.at_most) &&
      (meets === undefined || meets.has(at));
    const upTo = new Float64Array(this.order.length);
    let sum = 0;
    this.order.forEach((at, rank) => (upTo[rank] = sum += free(at) ? (this.data.people[at] ?? 0) : 0));
    const inside: number[] = [];
    this.order.forEach((at, rank) => {
      if (!free(at)) return;
      const people = upTo[this.runEnd[rank] ?? rank] ?? 0;
      if (room === null || people <= room + SLACK * this.total) inside.push(at);
    });
    for (const at of inside) found[at] = place;
    return inside.reduce((people, at) => people + (this.data.people[at] ?? 0), 0);
  }
}

/** Whether thresholds rise and shares leave room for the last class; a class with conditions stands beside the others. */
export function holds(classes: Class[], conditioned: Set<string>): boolean {
  const cut = classes.filter((one) => !one.chosen);
  const ends = cut.flatMap((one) => (one.at_most === null || conditioned.has(one.id) ? [] : [one.at_most]));
  const shares = cut.slice(0, -1).reduce((sum, one) => sum + (one.share ?? 0), 0);
  return ends.every((end, place) => place === 0 || end > (ends[place - 1] ?? 0)) && shares <= 100;
}
