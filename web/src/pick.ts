/** Choosing communes on a map: a click on an area takes or leaves it, as its box in the list does. */
export function enhancePick(form: HTMLElement): void {
  const boxes = new Map<string, HTMLInputElement>();
  for (const box of form.querySelectorAll<HTMLInputElement>("input[type=checkbox]")) boxes.set(box.value, box);
  const areas = new Map<string, SVGAElement>();
  for (const area of form.querySelectorAll<SVGAElement>("a.area")) {
    const code = /([0-9AB]{5})$/.exec(area.getAttribute("href") ?? "")?.[1];
    const box = code ? boxes.get(code) : undefined;
    if (!code || !box) continue;
    areas.set(code, area);
    area.setAttribute("role", "checkbox");
    area.addEventListener("click", (event) => {
      event.preventDefault();
      box.checked = !box.checked;
      show();
    });
    area.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      box.checked = !box.checked;
      show();
    });
  }
  const told = form.querySelector(".picked");
  const elsewhere = Number(form.querySelector<HTMLElement>("[data-elsewhere]")?.dataset["elsewhere"] ?? 0);
  form.addEventListener("change", show);
  // A box each would make an address of twelve letters a commune: the codes go together, as they are kept.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const codes = [...boxes.values()].filter((box) => box.checked).map((box) => box.value);
    const others = form.querySelector<HTMLInputElement>("input[data-elsewhere]")?.value.split(",") ?? [];
    const name = form.querySelector<HTMLInputElement>("input[type=text]")?.value.trim() ?? "";
    const address = form.getAttribute("action") ?? "";
    const named = name ? `&nom=${encodeURIComponent(name)}` : "";
    location.assign(`${address}?communes=${[...codes, ...others].join(",")}${named}`);
  });
  show();

  function show(): void {
    let count = elsewhere;
    for (const [code, box] of boxes) {
      count += Number(box.checked);
      const area = areas.get(code);
      area?.classList.toggle("picked-area", box.checked);
      area?.setAttribute("aria-checked", String(box.checked));
    }
    const words = count > 1 ? form.dataset["many"] : form.dataset["one"];
    if (told) told.textContent = `${count} ${words ?? ""} / ${form.dataset["most"] ?? ""}`;
  }
}
