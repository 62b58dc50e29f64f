/** A map answers to the pointer and to the keyboard: one tab stop, arrows to the nearest neighbour, a label. */
export function enhanceMap(figure: HTMLElement): void {
  const svg = figure.querySelector<SVGSVGElement>("svg.map-svg");
  const areas = [...figure.querySelectorAll<SVGAElement>("a.area")];
  const first = areas[0];
  if (!svg || !first) return;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  figure.append(tip);
  for (const area of areas) {
    const title = area.querySelector("title");
    area.setAttribute("aria-label", title?.textContent ?? "");
    area.dataset["tip"] = title?.textContent ?? "";
    title?.remove(); // our label stands in for the browser's
    area.addEventListener("pointerenter", () => show(figure, tip, area));
    area.addEventListener("pointerleave", () => (tip.hidden = true));
    area.addEventListener("focus", () => show(figure, tip, area));
    area.addEventListener("blur", () => (tip.hidden = true));
  }
  rove(svg, areas, areas.find((area) => area.classList.contains("here")) ?? first);
}

function show(figure: HTMLElement, tip: HTMLElement, area: SVGAElement): void {
  const [, name = "", value = ""] = /^(.*?)\s?: (.*)$/.exec(area.dataset["tip"] ?? "") ?? [];
  const strong = document.createElement("strong");
  strong.textContent = name;
  tip.replaceChildren(strong, value);
  tip.hidden = false;
  const [frame, place] = [figure.getBoundingClientRect(), area.getBoundingClientRect()];
  const middle = place.left + place.width / 2 - frame.left - tip.offsetWidth / 2;
  const above = place.top - frame.top - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(0, Math.min(middle, frame.width - tip.offsetWidth))}px`;
  tip.style.top = `${above < 0 ? place.bottom - frame.top + 6 : above}px`;
}

function rove(svg: SVGSVGElement, areas: SVGAElement[], start: SVGAElement): void {
  let current = start;
  start.setAttribute("tabindex", "0");
  const directions: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  svg.addEventListener("keydown", (event) => {
    const direction = directions[event.key];
    if (!direction) return;
    event.preventDefault();
    const next = neighbour(areas, current, direction);
    if (!next) return;
    current.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
    current = next;
  });
}

/** The nearest area in a direction, those straight ahead preferred to those aside. */
function neighbour(areas: SVGAElement[], from: SVGAElement, [dx, dy]: [number, number]): SVGAElement | undefined {
  const here = middle(from);
  let best: SVGAElement | undefined;
  let least = Infinity;
  for (const area of areas) {
    const there = middle(area);
    const [x, y] = [there[0] - here[0], there[1] - here[1]];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (area === from || ahead <= aside * 0.6) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [area, cost];
  }
  return best;
}

function middle(area: SVGAElement): [number, number] {
  const box = area.getBBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}
