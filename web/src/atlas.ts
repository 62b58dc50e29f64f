import type { Told } from "./atlas/words.ts";

const SIGNS = ["pointermove", "pointerdown", "wheel", "scroll", "keydown", "focusin"] as const;

/**
 * The server's picture stands from the start. The live map takes its place at the first sign of a reader, or as soon as
 * it is seen where the address asks for what the picture does not show.
 */
export function enhanceAtlas(root: HTMLElement): void {
  const told = JSON.parse(root.dataset["atlas"] ?? "null") as Told | null;
  if (!told?.tiles) return;
  const wake = () => {
    SIGNS.forEach((sign) => removeEventListener(sign, wake));
    if (!canDraw()) return; // asked late: to start what draws takes the browser a while
    root.querySelectorAll<HTMLElement>(".atlas-map").forEach((box) => say(box, told.words["loading"] ?? ""));
    import("./atlas/atlas.ts")
      .then(({ openAtlas }) => openAtlas(root, told))
      .catch(() => {
        root.querySelectorAll<HTMLElement>(".atlas-map").forEach((box) => say(box, told.words["failed"] ?? ""));
      });
  };
  if (told.view || told.here || told.thresholdAsked) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      wake();
    });
    seen.observe(root);
  } else SIGNS.forEach((sign) => addEventListener(sign, wake, { passive: true }));
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
