/** The legend drawn again: histogram of population, classes, and the people under a threshold. */
import { figure, type Plate, type Roll, type Told } from "./words.ts";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, BASE, TALL] = [480, 88, 84];

export function drawLegend(section: HTMLElement, told: Told, plate: Plate): void {
  const bars = section.querySelector(".histogram-bars");
  const highest = Math.max(1, ...plate.bins.map(([people]) => people));
  const step = WIDTH / plate.bins.length;
  bars?.replaceChildren(
    ...plate.bins.map(([people, style], place) => {
      const bar = document.createElementNS(SVG, "rect");
      const height = (TALL * people) / highest;
      bar.setAttribute("x", String(place * step));
      bar.setAttribute("y", String(BASE - height));
      bar.setAttribute("width", String(step - 1));
      bar.setAttribute("height", String(height));
      bar.setAttribute("class", style);
      return bar;
    }),
  );
  const rows = plate.legend.map(([style, text, count, people]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const swatch = document.createElement("span");
    swatch.className = `swatch ${style}`;
    swatch.setAttribute("aria-hidden", "true");
    head.append(swatch, ` ${text}`);
    row.append(head, cell(figure(told.lang, count, 0)), cell(figure(told.lang, people, 0)));
    return row;
  });
  section.querySelector(".classes tbody")?.replaceChildren(...rows);
}

function cell(text: string): HTMLTableCellElement {
  const made = document.createElement("td");
  made.className = "num";
  made.textContent = text;
  return made;
}

export function drawCut(section: HTMLElement, plate: Plate, threshold: number): void {
  const [low, high] = plate.domain;
  const x = Math.min(WIDTH, Math.max(0, (WIDTH * (threshold - low)) / (high - low)));
  section.querySelector(".histogram-cut")?.setAttribute("d", `M${x.toFixed(1)} 0V92`);
}

/** The territories with a value in ascending order, and the people counted up to each. */
export class Crowd {
  readonly order: Int32Array;
  private readonly sorted: Float64Array;
  private readonly people: Float64Array;

  constructor(plate: Plate, roll: Roll) {
    const known = plate.values.flatMap((value, at) => (value === null ? [] : [at]));
    this.order = Int32Array.from(known).sort((a, b) => (plate.values[a] ?? 0) - (plate.values[b] ?? 0));
    this.sorted = Float64Array.from(this.order, (at) => plate.values[at] ?? 0);
    let sum = 0;
    this.people = Float64Array.from(this.order, (at) => (sum += roll.populations[at] ?? 0));
  }

  /** How many of them have a value strictly under the threshold. */
  under(threshold: number): number {
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle] ?? 0) < threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  sentence(told: Told, plate: Plate, threshold: number): string {
    const count = this.under(threshold);
    const people = this.people[count - 1] ?? 0;
    const all = this.people[this.people.length - 1] ?? 0;
    const filled: Record<string, string> = {
      cut: figure(told.lang, threshold, plate.decimals) + plate.sign,
      people: figure(told.lang, people, 0),
      share: figure(told.lang, all ? (100 * people) / all : 0, 1),
      count: figure(told.lang, count, 0),
      places: told.levelNames[count < 2 ? 0 : 1],
    };
    return (told.words["counted"] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? "");
  }
}
