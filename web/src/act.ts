/** « Agir »: sliders ask the server anew as they stop; figures, tables, map and address follow. */
const WAIT = 30; // milliseconds without a move

type Styles = Record<string, [style: string, text: string, sense: string]>;

export function enhanceAct(root: HTMLElement): void {
  const form = root.querySelector("form");
  const place = root.querySelector<HTMLElement>("#act-answer");
  const state = root.querySelector<HTMLElement>(".act-state");
  if (!form || !place || !state) return;
  root.querySelector<HTMLElement>(".act-buttons button")?.setAttribute("hidden", "");
  const areas = new Map<string, Area>();
  for (const element of root.querySelectorAll<SVGGElement>("[data-code]")) {
    areas.set(element.dataset["code"] ?? "", new Area(element, stylesOf(place)));
  }
  let timer = 0;
  let asking: AbortController | undefined;
  const ask = async (): Promise<void> => {
    asking?.abort();
    const own = (asking = new AbortController());
    const query = asked(form);
    state.textContent = root.dataset["busy"] ?? "";
    place.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${root.dataset["answer"] ?? ""}?${query}`, { signal: own.signal });
      if (!response.ok) throw new Error(String(response.status));
      const held = new DOMParser().parseFromString(await response.text(), "text/html");
      place.replaceChildren(...held.body.childNodes);
      const styles = stylesOf(place);
      for (const [code, area] of areas) area.show(styles[code]);
      history.replaceState(null, "", `${root.dataset["page"] ?? ""}?${query}`);
      document.querySelector("[data-island=language]")?.dispatchEvent(new Event("vigie:address"));
      state.textContent = place.querySelector(".act-sentences p")?.textContent ?? "";
    } catch {
      if (!own.signal.aborted) failed(place, (state.textContent = root.dataset["failed"] ?? ""));
    }
    if (!own.signal.aborted) place.removeAttribute("aria-busy");
  };
  form.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "range") tell(event.target);
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void ask();
  });
}

function failed(place: HTMLElement, text: string): void {
  const fault = document.createElement("p");
  fault.className = "act-fault";
  fault.textContent = text;
  place.replaceChildren(fault);
}

/** What the slider says, in the reader's figures. */
function tell(slider: HTMLInputElement): void {
  const text = `${Number(slider.value).toLocaleString(document.documentElement.lang)} ${slider.dataset["unit"] ?? ""}`;
  slider.setAttribute("aria-valuetext", text);
  slider.setAttribute("value", Number(slider.value) === 0 ? "0.0" : slider.value); // what is printed: the levers used
  const output = slider.parentElement?.querySelector("output");
  if (output) output.value = text;
}

/** The query of the form without what says nothing: a lever at 0, and the places of such a lever. */
function asked(form: HTMLFormElement): string {
  const given = new FormData(form);
  const query = new URLSearchParams();
  for (const [name, value] of given) {
    if (typeof value !== "string" || value === "" || value === "0") continue;
    const lever = name.replace(/-(ou|de|type)$/, "");
    if (lever !== name && Number(given.get(lever)) === 0) continue;
    query.append(name, value);
  }
  return query.toString();
}

function stylesOf(place: HTMLElement): Styles {
  const told = place.querySelector<HTMLElement>("[data-styles]");
  return JSON.parse(told?.dataset["styles"] ?? "{}") as Styles;
}

/** A commune of the map, and what it is without any lever. */
class Area {
  private readonly style: string;
  private readonly label: string;
  private readonly title: SVGTitleElement | null;

  constructor(
    private readonly element: SVGGElement,
    styles: Styles,
  ) {
    this.title = element.querySelector<SVGTitleElement>("title");
    const changed = styles[element.dataset["code"] ?? ""];
    const [first = "", ...rest] = (element.dataset["base"] ?? "").split("|");
    this.style = changed ? first : (element.getAttribute("class") ?? "");
    this.label = changed ? rest.join("|") : (this.title?.textContent ?? "");
  }

  show(change: Styles[string] | undefined): void {
    this.element.setAttribute("class", change ? `area ${change[0]} ${change[2]}` : this.style);
    const name = this.label.split(/\s?: /)[0] ?? "";
    if (this.title) this.title.textContent = change ? `${name} : ${change[1]}` : this.label;
  }
}
