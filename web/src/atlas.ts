import type { Told } from "./atlas/words.ts";

/** The map comes alive when it is seen, where the edition has tiles and the browser can draw them. */
export function enhanceAtlas(root: HTMLElement): void {
  const told = JSON.parse(root.dataset["atlas"] ?? "null") as Told | null;
  if (!told?.tiles || !canDraw()) {
    still(root);
    return;
  }
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    root.querySelectorAll<HTMLElement>(".atlas-map").forEach((box) => say(box, told.words["loading"] ?? ""));
    import("./atlas/atlas.ts")
      .then(({ openAtlas }) => openAtlas(root, told))
      .catch(() => {
        still(root);
        root.querySelectorAll<HTMLElement>(".atlas-map").forEach((box) => say(box, told.words["failed"] ?? ""));
      });
  });
  seen.observe(root);
}

export function canDraw(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** The server's image, which a page with tiles keeps for browsers that cannot do better. */
export function still(root: HTMLElement): void {
  for (const kept of root.querySelectorAll("noscript")) {
    const held = new DOMParser().parseFromString(kept.textContent ?? "", "text/html");
    kept.replaceWith(...held.body.childNodes);
  }
}

export function say(box: HTMLElement, text: string): void {
  box.querySelector(".atlas-state")?.remove();
  const state = document.createElement("p");
  state.className = "atlas-state";
  state.setAttribute("role", "status");
  state.textContent = text;
  box.append(state);
}
