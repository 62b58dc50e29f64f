/** The results of a search where no service makes the page: those of the address, in a copy made of files. */
import { named } from "./names.ts";
import { copied } from "./place.ts";

export function enhanceFound(list: HTMLElement): void {
  const text = new URLSearchParams(location.search).get("q")?.trim() ?? "";
  if (!copied || !text) return;
  for (const input of document.querySelectorAll<HTMLInputElement>("main input[name=q]")) input.value = text;
  void named(text, document.documentElement.lang, 30).then((found) => {
    for (const one of found) {
      const [item, link, meta] = [document.createElement("li"), document.createElement("a"), document.createElement("span")];
      link.href = one.href;
      link.textContent = one.name;
      meta.className = "result-meta";
      meta.textContent = [one.kind, one.within].filter(Boolean).join(", ");
      item.append(link, " ", meta);
      list.append(item);
    }
    const none = list.parentElement?.querySelector<HTMLElement>("[data-found-none]");
    if (none) none.hidden = found.length > 0;
  });
}
