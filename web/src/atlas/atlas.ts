/** The live map: it takes the place of the one that the server drew, and keeps its whole state in the address. */
import { Crowd, drawCut, drawLegend } from "./legend.ts";
import { savePicture } from "./picture.ts";
import { idOf, View } from "./view.ts";
import { at, copied } from "../place.ts";
import { figure, places, type Plate, type Roll, type Told } from "./words.ts";

interface Shown {
  view: View;
  plate: Plate;
  legend: HTMLElement | undefined;
}

export async function openAtlas(root: HTMLElement, told: Told): Promise<void> {
  performance.mark("atlas-start");
  const wanted: [string, string][] = [[told.indicator, told.period], ...(told.second ? [told.second] : [])];
  const boxes = [...root.querySelectorAll<HTMLElement>(".atlas-map")];
  const [roll, ...plates] = await Promise.all([
    get<Roll>(`/carte/territoires/${told.level}.json`),
    ...wanted.map(([indicator, period]) => plateOf(told, indicator, period)),
  ]);
  const ids = roll.codes.map(idOf);
  const views = plates.flatMap((plate, at) => {
    const box = boxes[at];
    return box ? [new View(box, told, ids, plate.styles, places(plate))] : [];
  });
  new Atlas(root, told, roll, ids, views, plates).open();
}

const kept = new Map<string, Promise<Plate>>();

function plateOf(told: Told, indicator: string, period: string): Promise<Plate> {
  const address = `${told.prefix}/carte/valeurs/${indicator}/${told.level}/${period}.json`;
  const known = kept.get(address) ?? get<Plate>(address);
  kept.set(address, known);
  known.catch(() => kept.delete(address));
  return known;
}

async function get<T>(address: string): Promise<T> {
  const answer = await fetch(at(address));
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return (await answer.json()) as T;
}

class Atlas {
  private readonly shown: Shown[];
  private readonly placeOf: Map<number, number>;
  private crowd: Crowd;
  private threshold: number;
  private cutting: boolean;
  private moving = false;
  private card: HTMLElement | undefined;
  private asked = 0;
  private named: Promise<string[]> | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly told: Told,
    private readonly roll: Roll,
    private readonly ids: number[],
    views: View[],
    plates: Plate[],
  ) {
    this.placeOf = new Map(this.ids.map((id, place) => [id, place]));
    const legends = [...root.querySelectorAll<HTMLElement>(".atlas-legend")];
    this.shown = plates.flatMap((plate, place) => {
      const view = views[place];
      return view ? [{ view, plate, legend: legends[place] }] : [];
    });
    this.crowd = new Crowd(this.first.plate, roll);
    this.threshold = told.threshold;
    this.cutting = told.thresholdAsked;
  }

  private get first(): Shown {
    const [first] = this.shown;
    if (!first) throw new Error("no map");
    return first;
  }

  open(): void {
    for (const one of this.shown) {
      this.paint(one);
      one.view.onChoice((id) => this.choose(id));
      one.view.map.once("idle", () => this.drawn(one.view));
      one.view.map.on("move", () => this.follow(one.view));
      one.view.map.on("moveend", (event) => {
        if (event.originalEvent) this.keep({ vue: this.where() });
      });
      this.tools(one.view);
    }
    this.thresholdSlider();
    if (this.told.periods.length > 1) this.periodSlider();
    this.files();
    this.searching();
    const [level, code] = this.told.here.split(":");
    if (level && code) void this.goTo(level, code, !this.told.view);
  }

  private word(name: string): string {
    return this.told.words[name] ?? "";
  }

  /** The server's drawing goes once ours stands. */
  private drawn(view: View): void {
    view.box.querySelectorAll(":scope > svg, :scope > picture, :scope > .atlas-state").forEach((one) => one.remove());
    if (view !== this.first.view) return;
    performance.measure("atlas-drawn", "atlas-start");
    this.root.dataset["drawn"] = "true";
    const others = this.told.periods.filter((one) => one !== this.first.plate.period);
    void this.names().catch(() => undefined);
    others.forEach((period) => void plateOf(this.told, this.told.indicator, period).catch(() => undefined));
  }

  private paint(one: Shown): void {
    const faded = new Uint8Array(one.plate.values.length);
    if (this.cutting && one === this.first) {
      one.plate.values.forEach((value, at) => (faded[at] = value !== null && value >= this.threshold ? 1 : 0));
    }
    one.view.show(one.plate.styles, places(one.plate), faded);
  }

  // Threshold ---------------------------------------------------------------------------------------------------

  private thresholdSlider(): void {
    const { plate, legend } = this.first;
    const step = 10 ** -plate.decimals;
    const [low, high] = plate.domain;
    const slider = range(this.word("threshold"), low, high, step, this.threshold);
    const tell = () => {
      slider.output.value = figure(this.told.lang, this.threshold, this.first.plate.decimals) + this.first.plate.sign;
      slider.input.setAttribute("aria-valuetext", slider.output.value);
    };
    tell();
    slider.input.addEventListener("input", () => {
      this.cut(Number(slider.input.value));
      tell();
    });
    slider.input.addEventListener("change", () => this.keep({ seuil: String(this.threshold) }));
    legend?.querySelector(".histogram")?.after(slider.box);
  }

  private cut(threshold: number): void {
    const { view, plate, legend } = this.first;
    const [before, after] = [this.cutting ? this.crowd.under(this.threshold) : undefined, this.crowd.under(threshold)];
    this.threshold = threshold;
    if (before === undefined) {
      this.cutting = true;
      view.fade([...this.crowd.order.slice(after)], true);
    } else if (after > before) view.fade([...this.crowd.order.slice(before, after)], false);
    else view.fade([...this.crowd.order.slice(after, before)], true);
    this.tellCount();
    if (legend) drawCut(legend, plate, threshold);
  }

  private tellCount(): void {
    const counted = this.first.legend?.querySelector(".counted");
    if (counted) counted.textContent = this.crowd.sentence(this.told, this.first.plate, this.threshold);
  }

  // Period ------------------------------------------------------------------------------------------------------

  private periodSlider(): void {
    const { periods } = this.told;
    const slider = range(this.word("year"), 0, periods.length - 1, 1, periods.indexOf(this.first.plate.period));
    const tell = () => {
      slider.output.value = periods[Number(slider.input.value)] ?? "";
      slider.input.setAttribute("aria-valuetext", slider.output.value);
    };
    tell();
    slider.input.addEventListener("input", () => {
      tell();
      void this.turnTo(periods[Number(slider.input.value)] ?? "");
    });
    this.first.legend?.prepend(slider.box);
  }

  private async turnTo(period: string): Promise<void> {
    const turn = (this.asked += 1);
    const plate = await plateOf(this.told, this.told.indicator, period);
    if (turn !== this.asked) return;
    performance.mark("period-start");
    const one = this.first;
    const former = one.plate.text;
    one.plate = plate;
    this.crowd = new Crowd(plate, this.roll);
    this.paint(one);
    if (one.legend) drawLegend(one.legend, this.told, plate);
    this.tellCount();
    const title = this.root.querySelector(".map-title");
    if (title) title.textContent = (title.textContent ?? "").replace(former, plate.text);
    if (this.card?.dataset["id"]) this.choose(Number(this.card.dataset["id"]));
    one.view.map.once("render", () => performance.measure("period-drawn", "period-start"));
    this.keep({ periode: period });
    this.refreshTable();
  }

  /** The server writes the table: the page of this state has it. */
  private refreshTable(): void {
    const table = document.getElementById("atlas-table");
    const turn = this.asked;
    setTimeout(() => {
      if (!table || turn !== this.asked) return;
      void fetch(location.href)
        .then((answer) => answer.text())
        .then((text) => {
          const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("atlas-table");
          if (fresh && turn === this.asked) table.replaceChildren(...fresh.children);
        })
        .catch(() => undefined);
    }, 400);
  }

  // Moving about --------------------------------------------------------------------------------------------------

  private follow(leader: View): void {
    if (this.moving) return;
    this.moving = true;
    const [center, zoom] = [leader.map.getCenter(), leader.map.getZoom()];
    for (const { view } of this.shown) if (view !== leader) view.map.jumpTo({ center, zoom });
    this.moving = false;
  }

  private where(): string {
    const { lng, lat } = this.first.view.map.getCenter();
    return [lng.toFixed(4), lat.toFixed(4), this.first.view.map.getZoom().toFixed(2)].join(",");
  }

  private tools(view: View): void {
    const tools = document.createElement("div");
    tools.className = "atlas-tools";
    const keep = () => view.map.once("moveend", () => this.keep({ vue: this.where() }));
    const buttons: [string, string, () => void][] = [
      ["+", "zoomIn", () => (keep(), view.map.zoomIn())],
      ["−", "zoomOut", () => (keep(), view.map.zoomOut())],
      ["⤢", "whole", () => (this.keep({ vue: "" }), view.whole())],
    ];
    for (const [sign, name, act] of buttons) {
      const made = button(sign, act);
      made.setAttribute("aria-label", this.word(name));
      made.title = this.word(name);
      tools.append(made);
    }
    view.box.append(tools);
  }

  private searching(): void {
    const form = this.root.querySelector<HTMLElement>("form.search");
    form?.addEventListener("vigie:choose", (event) => {
      event.preventDefault();
      const key = (event as CustomEvent<{ key: string }>).detail.key;
      const [level, code] = key.split(":");
      if (level && code) void this.goTo(level, code, true);
    });
  }

  private async goTo(level: string, code: string, move: boolean): Promise<void> {
    try {
      const { frame } = await get<{ frame: [number, number, number, number] }>(`/carte/cadre/${level}/${code}.json`);
      if (move) this.first.view.fit(frame);
    } catch {
      return; // a territory without polygon
    }
    if (level === this.told.level) this.choose(idOf(code));
  }

  // Card -----------------------------------------------------------------------------------------------------------

  private choose(id: number | undefined): void {
    const place = id === undefined ? undefined : this.placeOf.get(id);
    this.card?.remove();
    this.card = undefined;
    for (const { view } of this.shown) view.outline(place === undefined ? undefined : id);
    if (id === undefined || place === undefined) {
      this.keep({ ici: "" });
      return;
    }
    const key = `${this.told.level}:${this.roll.codes[place]}`;
    this.card = this.cardOf(place, key);
    this.card.dataset["id"] = String(id);
    this.root.querySelector(".atlas-side")?.prepend(this.card);
    this.keep({ ici: key });
  }

  private names(): Promise<string[]> {
    this.named ??= get<string[]>(`/carte/noms/${this.told.level}.json`);
    return this.named;
  }

  private cardOf(place: number, key: string): HTMLElement {
    const card = document.createElement("section");
    card.className = "atlas-card";
    card.setAttribute("aria-live", "polite");
    const name = document.createElement("h3");
    void this.names().then((names) => (name.textContent = names[place] ?? ""));
    const close = button("×", () => this.choose(undefined));
    close.setAttribute("aria-label", this.word("close"));
    const lines = this.shown.map(({ plate }) => {
      const line = document.createElement("p");
      const strong = document.createElement("span");
      strong.className = "key-value";
      const value = plate.values[place] ?? null;
      const absent = plate.suppressed.includes(place) ? "suppressed" : "missing";
      strong.textContent =
        value === null ? this.word(absent) : figure(this.told.lang, value, plate.decimals) + plate.sign;
      line.append(strong, ` ${plate.unit}, ${plate.text}`);
      return line;
    });
    const people = this.roll.populations[place];
    const population = document.createElement("p");
    if (people != null) population.textContent = `${figure(this.told.lang, people, 0)} ${this.word("inhabitants")}`;
    const links = document.createElement("ul");
    const addresses: [string, string][] = [
      [this.word("page"), at(`${this.told.prefix}/territoire/${key.replace(":", "/")}`)],
      [this.word("compare"), at(`${this.told.prefix}/comparer?t=${key}`)],
    ];
    for (const [text, href] of addresses) {
      const [item, link] = [document.createElement("li"), document.createElement("a")];
      link.href = href;
      link.textContent = text;
      if (document.body.classList.contains("embedded")) link.target = "_blank";
      item.append(link);
      links.append(item);
    }
    card.append(name, close, ...lines, population, links);
    return card;
  }

  // Address and files -------------------------------------------------------------------------------------------

  private keep(changes: Record<string, string>): void {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(changes)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    if (!address.searchParams.has("indicateur")) address.searchParams.set("indicateur", this.told.indicator);
    if (!address.searchParams.has("niveau")) address.searchParams.set("niveau", this.told.level);
    history.replaceState(null, "", address);
    const select = document.querySelector<HTMLSelectElement>("select[name=periode]");
    if (select && changes["periode"]) select.value = changes["periode"];
    for (const link of document.querySelectorAll<HTMLAnchorElement>("#atlas-files a[data-file]")) {
      if (copied) break; // the files of a copy are what they are
      const file = new URL(link.href);
      if (link.dataset["file"] === "embed") file.search = address.search;
      else file.searchParams.set("period", this.first.plate.period);
      link.href = file.pathname + file.search;
    }
    document.querySelector<HTMLElement>("[data-island=language]")?.dispatchEvent(new Event("vigie:address"));
    this.writeEmbed();
  }

  private files(): void {
    const list = document.getElementById("atlas-files");
    if (!list) return;
    const item = document.createElement("li");
    const title = () => this.root.querySelector(".map-title")?.textContent ?? "";
    item.append(
      button(this.word("png"), () =>
        savePicture(this.first.view.map, title(), this.first.plate, this.told),
      ),
    );
    list.prepend(item);
    const folded = document.createElement("details");
    folded.className = "twin";
    const summary = document.createElement("summary");
    summary.textContent = this.word("embed");
    const code = document.createElement("textarea");
    code.className = "embed-code";
    code.readOnly = true;
    code.setAttribute("aria-label", this.word("embed"));
    code.addEventListener("focus", () => code.select());
    folded.append(summary, code);
    list.after(folded);
    this.writeEmbed();
  }

  private writeEmbed(): void {
    const code = document.querySelector<HTMLTextAreaElement>("textarea.embed-code");
    const link = document.querySelector<HTMLAnchorElement>("#atlas-files a[data-file=embed]");
    const title = this.root.querySelector(".map-title")?.textContent ?? "Vigie";
    if (!code || !link) return;
    const quoted = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const source = quoted(link.href);
    code.value = `<iframe src="${source}" title="${quoted(title)}" width="100%" height="640" loading="lazy"></iframe>`;
  }
}

function button(text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

let count = 0;

function range(
  text: string,
  low: number,
  high: number,
  step: number,
  value: number,
): { box: HTMLElement; input: HTMLInputElement; output: HTMLOutputElement } {
  const [box, label] = [document.createElement("div"), document.createElement("label")];
  const [input, output] = [document.createElement("input"), document.createElement("output")];
  const id = `range-${(count += 1)}`;
  box.className = "range";
  label.htmlFor = id;
  label.textContent = text;
  output.setAttribute("for", id);
  Object.assign(input, { type: "range", id, min: String(low), max: String(high), step: String(step) });
  input.value = String(value);
  box.append(label, output, input);
  return { box, input, output };
}
