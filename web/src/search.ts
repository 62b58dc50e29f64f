/** Suggestions as one types, after the ARIA combobox pattern with a listbox. Enter without a choice sends the form. */
import { named, type Suggestion } from "./names.ts";
import { copied } from "./place.ts";

const PAUSE = 90; // milliseconds after the last key

let count = 0;

export function enhanceSearch(form: HTMLElement): void {
  const input = form.querySelector<HTMLInputElement>("input[name=q]");
  if (!input) return;
  const box = new Box(form, input, `suggestions-${(count += 1)}`);
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void box.look(input.value.trim()), PAUSE);
  });
  input.addEventListener("keydown", (event) => box.key(event));
  input.addEventListener("blur", () => box.close());
}

class Box {
  private readonly list: HTMLElement;
  private readonly status: HTMLElement;
  private found: Suggestion[] = [];
  private chosen = -1;
  private asked = 0;

  constructor(
    private readonly form: HTMLElement,
    private readonly input: HTMLInputElement,
    id: string,
  ) {
    this.list = element("div", { id, role: "listbox", class: "suggestions", "aria-label": label(form) });
    this.list.hidden = true;
    this.status = element("div", { class: "visually-hidden", "aria-live": "polite" });
    form.append(this.list, this.status);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": id,
    })) {
      input.setAttribute(name, value);
    }
    this.list.addEventListener("mousedown", (event) => this.press(event));
  }

  async look(text: string): Promise<void> {
    const turn = (this.asked += 1);
    if (text.length < 2) {
      this.close();
      return;
    }
    const lang = this.form.dataset["lang"] ?? "fr";
    try {
      const found = await (copied ? named(text, lang, 8) : asked(text, lang));
      if (found && turn === this.asked && document.activeElement === this.input) this.show(found);
    } catch {
      this.close(); // offline: the form still works
    }
  }

  key(event: KeyboardEvent): void {
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.found.length) {
      event.preventDefault();
      this.choose(this.next(event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && this.chosen >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.go(this.chosen);
    }
  }

  close(): void {
    this.asked += 1;
    this.list.hidden = true;
    this.chosen = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private next(step: number): number {
    if (this.list.hidden) return step > 0 ? 0 : this.found.length - 1;
    const places = this.found.length + 1; // one more for the text itself
    return ((this.chosen + 1 + step + places) % places) - 1;
  }

  private show(found: Suggestion[]): void {
    this.found = found;
    this.chosen = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...found.map((one, place) => this.option(one, place)));
    const none = this.form.dataset["none"] ?? "";
    this.status.textContent = found.length ? `${found.length} ${this.form.dataset["many"] ?? ""}` : none;
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
  }

  private option(one: Suggestion, place: number): HTMLElement {
    const option = element("div", { role: "option", id: `${this.list.id}-${place}`, "aria-selected": "false" });
    const name = element("span", {});
    name.textContent = one.name;
    const meta = element("span", { class: "suggestion-meta" });
    meta.textContent = [one.kind, one.within].filter(Boolean).join(", ");
    option.dataset["place"] = String(place);
    option.append(name, meta);
    return option;
  }

  private choose(place: number): void {
    this.chosen = place;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.list.querySelectorAll("[role=option]").forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === place));
      if (at === place) option.scrollIntoView({ block: "nearest" });
    });
    if (place < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${place}`);
  }

  private press(event: MouseEvent): void {
    event.preventDefault(); // keep the focus in the field
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
    if (option) this.go(Number(option.dataset["place"]));
  }

  private go(place: number): void {
    const one = this.found[place];
    if (!one) return;
    const event = new CustomEvent("vigie:choose", { detail: one, bubbles: true, cancelable: true });
    if (!this.form.dispatchEvent(event)) {
      this.input.value = one.name; // the page took it
      this.close();
    } else {
      const adding = this.form.dataset["add"];
      location.assign(adding ? adding + one.key : one.href);
    }
  }
}

async function asked(text: string, lang: string): Promise<Suggestion[] | undefined> {
  const answer = await fetch(`/api/v1/territoires?${new URLSearchParams({ q: text, lang })}`);
  if (!answer.ok) return undefined;
  return ((await answer.json()) as { territoires: Suggestion[] }).territoires;
}

function label(form: HTMLElement): string {
  return form.querySelector("label")?.textContent?.trim() ?? "";
}

function element(tag: string, attributes: Record<string, string>): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
