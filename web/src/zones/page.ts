/** The page of a zoning come alive: sliders that cut France anew, the zone clicked, the state in the address. */
import type { Drawn, View } from "../atlas/view.ts";
import { figure } from "../atlas/words.ts";
import { type Class, Cutter, holds, type Zones } from "./cut.ts";

export interface Told extends Drawn {
  lang: "fr" | "en";
  prefix: string;
  rule: string;
  period: string;
  zone: string;
  styles: string[];
  classes: Class[];
}

interface Why {
  name: string;
  title: string;
  style: string;
  sentences: string[];
  href: string;
  dossier: string;
}

export async function openZones(root: HTMLElement, told: Told, alive: boolean): Promise<void> {
  const box = root.querySelector<HTMLElement>(".atlas-map");
  const [zones, roll, atlas] = await Promise.all([
    get<Zones>(`/zonage/valeurs/${told.rule}/${told.period}.json`),
    alive ? get<{ codes: string[] }>("/carte/territoires/commune.json") : undefined,
    alive && box ? import("../atlas/view.ts") : undefined,
  ]);
  const ids = roll && atlas ? roll.codes.map(atlas.idOf) : [];
  const first = painted(zones, new Cutter(zones).cut(told.classes), told.styles);
  const view = atlas && box ? new atlas.View(box, told, ids, told.styles, first) : undefined;
  new Page(root, told, zones, view, ids).open();
}

/** The class of each commune: that of its zone, or none. */
function painted(zones: Zones, found: Uint8Array, styles: string[]): Uint8Array {
  return Uint8Array.from(zones.zone_of, (zone) => found[zone] ?? styles.length);
}

async function get<T>(address: string): Promise<T> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return (await answer.json()) as T;
}

class Page {
  private readonly cutter: Cutter;
  private readonly placeOf: Map<number, number>;
  private readonly official: Uint8Array;
  private classes: Class[];
  private turn = 0;
  private later = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly told: Told,
    private readonly zones: Zones,
    private readonly view: View | undefined,
    private readonly ids: number[],
  ) {
    this.cutter = new Cutter(zones);
    this.classes = told.classes;
    this.official = this.cutter.cut(told.classes.map((one) => ({ ...one, ...one.official })));
    this.placeOf = new Map(ids.map((id, place) => [id, place]));
  }

  open(): void {
    for (const input of this.root.querySelectorAll<HTMLInputElement>(".zone-cut input")) this.slider(input);
    this.root.querySelector("form.zone-cuts")?.addEventListener("submit", (event) => event.preventDefault());
    this.root.querySelector<HTMLElement>("form.zone-cuts button")?.setAttribute("hidden", "");
    this.root.querySelector(".zone-reset")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.reset();
    });
    this.root.querySelector(".zone-close")?.addEventListener("click", (event) => {
      event.preventDefault();
      void this.choose("");
    });
    document.getElementById("zone-table")?.addEventListener("click", (event) => this.fromTable(event));
    if (this.view) this.wake(this.view);
    this.draw();
    this.root.dataset["ready"] = "true";
  }

  private wake(view: View): void {
    view.onChoice((id) => {
      const place = id === undefined ? undefined : this.placeOf.get(id);
      const zone = place === undefined ? undefined : this.zones.zones[this.zones.zone_of[place] ?? -1];
      void this.choose(zone ?? "");
    });
    view.map.once("idle", () => {
      view.box.querySelectorAll(":scope > picture, :scope > .atlas-state").forEach((one) => one.remove());
      this.root.dataset["drawn"] = "true";
    });
    view.map.on("moveend", (event) => {
      if (!event.originalEvent) return;
      const { lng, lat } = view.map.getCenter();
      this.keep({ vue: [lng.toFixed(4), lat.toFixed(4), view.map.getZoom().toFixed(2)].join(",") });
    });
    const tools = document.createElement("div");
    tools.className = "atlas-tools";
    const buttons: [string, string, () => void][] = [
      ["+", "zoomIn", () => view.map.zoomIn()],
      ["−", "zoomOut", () => view.map.zoomOut()],
      ["⤢", "whole", () => (this.keep({ vue: "" }), view.whole())],
    ];
    for (const [sign, name, act] of buttons) {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = sign;
      made.title = this.word(name);
      made.setAttribute("aria-label", this.word(name));
      made.addEventListener("click", act);
      tools.append(made);
    }
    view.box.append(tools);
    this.outline(this.told.zone);
  }

  private word(name: string): string {
    return this.told.words[name] ?? "";
  }

  // Cuts ------------------------------------------------------------------------------------------------------------

  private slider(input: HTMLInputElement): void {
    const range = document.createElement("input");
    const step = input.dataset["step"] ?? "0.1";
    Object.assign(range, { type: "range", min: input.min, max: input.max, step });
    range.value = input.value;
    range.setAttribute("aria-label", input.labels?.[0]?.textContent ?? "");
    range.addEventListener("input", () => {
      input.value = String(Number(Number(range.value).toFixed(3)));
      this.change(input);
    });
    input.addEventListener("input", () => {
      range.value = input.value;
      this.change(input);
    });
    for (const one of [range, input]) one.addEventListener("change", () => this.settle());
    input.after(range);
  }

  private change(input: HTMLInputElement): void {
    const value = Number(input.value);
    const [kind, id] = [input.name.startsWith("seuil_") ? "at_most" : "share", input.name.replace(/^[a-z]+_/, "")];
    if (input.value === "" || !Number.isFinite(value)) return;
    this.classes = this.classes.map((one) => (one.id === id ? { ...one, [kind]: value } : one));
    this.draw();
  }

  private reset(): void {
    for (const input of this.root.querySelectorAll<HTMLInputElement>(".zone-cut input[name]")) {
      input.value = input.dataset["official"] ?? input.value;
      const range = input.nextElementSibling as HTMLInputElement | null;
      if (range) range.value = input.value;
    }
    this.classes = this.told.classes.map((one) => ({ ...one, ...one.official }));
    this.draw();
    this.settle();
  }

  /** Cut France anew, colour it and count. */
  private draw(): void {
    performance.mark("cut-start");
    const cut = this.told.classes.filter((one) => !one.chosen);
    const conditioned = new Set(Object.keys(this.zones.met).map((place) => cut[Number(place)]?.id ?? ""));
    const order = this.root.querySelector(".zone-order");
    const sound = holds(this.classes, conditioned);
    if (order) order.textContent = sound ? "" : this.word("order");
    if (!sound) return;
    const found = this.cutter.cut(this.classes);
    if (this.view) {
      const classes = painted(this.zones, found, this.told.styles);
      this.view.show(this.told.styles, classes, new Uint8Array(classes.length));
    }
    this.count(found);
    performance.measure("cut", "cut-start");
  }

  private count(found: Uint8Array): void {
    const size = this.classes.length + 1;
    const [zones, people] = [new Float64Array(size), new Float64Array(size)];
    found.forEach((place, at) => {
      zones[place] = (zones[place] ?? 0) + 1;
      people[place] = (people[place] ?? 0) + (this.zones.residents[at] ?? 0);
    });
    const all = people.reduce((sum, one) => sum + one, 0) || 1;
    this.classes.forEach((one, place) => {
      const row = this.root.querySelector(`.classes tr[data-class="${one.id}"]`);
      const told: Record<string, string> = {
        zones: this.number(zones[place] ?? 0),
        people: this.number(people[place] ?? 0),
        share: this.number((100 * (people[place] ?? 0)) / all, 1),
      };
      for (const [name, text] of Object.entries(told)) {
        const cell = row?.querySelector(`[data-of=${name}]`);
        if (cell) cell.textContent = text;
      }
    });
    const counted = this.root.querySelector(".counted");
    if (counted) counted.textContent = this.sentence(found, all);
  }

  private sentence(found: Uint8Array, all: number): string {
    const [own, usual] = [this.priority(found), this.priority(this.official)];
    const filled: Record<string, string> = {
      people: this.number(own),
      share: this.number((100 * own) / all, 1),
      gap: (own < usual ? "−" : "+") + this.number(Math.abs(own - usual)),
    };
    const said = this.changed() ? `${this.word("counted")} ${this.word("against")}` : this.word("counted");
    return said.replace(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? "");
  }

  private priority(found: Uint8Array): number {
    let people = 0;
    found.forEach((place, at) => {
      if (this.told.classes[place]?.role === "priority") people += this.zones.residents[at] ?? 0;
    });
    return people;
  }

  private changed(): boolean {
    return this.classes.some((one) => one.at_most !== one.official.at_most || one.share !== one.official.share);
  }

  private number(value: number, decimals = 0): string {
    return figure(this.told.lang, value, decimals);
  }

  /** The reader let go: the address keeps the state, and the server writes the table of it. */
  private settle(): void {
    const changes: Record<string, string> = {};
    for (const one of this.classes) {
      changes[`seuil_${one.id}`] = one.at_most === one.official.at_most ? "" : String(one.at_most);
      changes[`part_${one.id}`] = one.share === one.official.share ? "" : String(one.share);
    }
    this.keep(changes);
    clearTimeout(this.later);
    this.later = window.setTimeout(() => void this.refresh(), 400);
  }

  private async refresh(): Promise<void> {
    const turn = (this.turn += 1);
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== this.turn) return;
    for (const place of ["#zone-table", "#zone-files"]) {
      const [held, made] = [document.querySelector(place), fresh.querySelector(place)];
      if (held && made) held.replaceChildren(...made.children);
    }
    const title = fresh.querySelector(".map-title");
    const own = this.root.querySelector(".map-title");
    if (title && own) own.textContent = title.textContent;
    const picture = fresh.querySelector(".atlas-map picture");
    if (!this.view && picture) this.root.querySelector(".atlas-map picture")?.replaceWith(picture);
    this.root.dataset["settled"] = String(turn);
  }

  // A zone ----------------------------------------------------------------------------------------------------------

  private fromTable(event: Event): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("tbody th a");
    const zone = link ? new URL(link.href).searchParams.get("zone") : null;
    if (!zone) return;
    event.preventDefault();
    void this.choose(zone).then(() => {
      document.getElementById("zone")?.scrollIntoView({ block: "nearest" });
    });
  }

  private async choose(zone: string): Promise<void> {
    const card = document.getElementById("zone");
    if (!card) return;
    this.outline(zone);
    this.keep({ zone });
    if (!zone) {
      card.hidden = true;
      return;
    }
    const address = new URL(location.href);
    const asked = new URLSearchParams([...address.searchParams].filter(([name]) => /^(seuil|part)_/.test(name)));
    asked.set("zone", zone);
    const path = `${this.told.prefix}/zonage/motifs/${this.told.rule}/${this.told.period}.json?${asked}`;
    const why = await get<Why>(path).catch(() => undefined);
    if (!why) return;
    const tell = (selector: string, text: string) => {
      const found = card.querySelector(selector);
      if (found) found.textContent = text;
    };
    tell(".zone-name", why.name);
    tell(".zone-title", why.title);
    card.querySelector(".zone-class .swatch")?.setAttribute("class", `swatch ${why.style}`);
    card.querySelector(".zone-why")?.replaceChildren(
      ...why.sentences.map((text) => {
        const line = document.createElement("p");
        line.textContent = text;
        return line;
      }),
    );
    const point = (selector: string, href: string) => {
      const link = card.querySelector<HTMLAnchorElement>(selector);
      if (!link) return;
      link.hidden = !href;
      if (href) link.href = href;
    };
    point(".zone-page", why.href);
    point(".zone-dossier", why.dossier);
    card.hidden = false;
  }

  private outline(zone: string): void {
    const wanted = zone ? this.zones.zones.indexOf(zone) : -1;
    const inside = wanted < 0 ? [] : this.ids.filter((_, place) => this.zones.zone_of[place] === wanted);
    this.view?.outline(inside);
  }

  private keep(changes: Record<string, string>): void {
    const address = new URL(location.href);
    address.searchParams.set("regle", this.told.rule);
    address.searchParams.set("periode", this.told.period);
    for (const [name, value] of Object.entries(changes)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    address.hash = "";
    history.replaceState(null, "", address);
    document.querySelector<HTMLElement>("[data-island=language]")?.dispatchEvent(new Event("vigie:address"));
  }
}
