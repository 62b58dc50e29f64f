/** The link to the other language keeps the query and the fragment of the page. */
export function enhanceLanguage(element: HTMLElement): void {
  if (!(element instanceof HTMLAnchorElement)) return;
  const path = element.getAttribute("href") ?? "/";
  const update = () => {
    element.href = path + location.search + location.hash;
  };
  update();
  addEventListener("hashchange", update);
  element.addEventListener("vigie:address", update); // a page whose state moved on
}
