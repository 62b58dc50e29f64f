import { canDraw, say, still } from "./atlas.ts";
import { copied } from "./place.ts";
import type { Told } from "./zones/page.ts";

/** The thresholds and shares of a zoning become sliders that cut France anew at once; its map moves where it can. */
export function enhanceZones(root: HTMLElement): void {
  const told = JSON.parse(root.dataset["zones"] ?? "null") as Told | null;
  if (!told) return;
  if (copied) {
    // What a slider changes is told by the service: a copy made of files shows the rule as it is.
    still(root);
    return;
  }
  const alive = Boolean(told.tiles) && canDraw();
  if (!alive) still(root);
  const box = root.querySelector<HTMLElement>(".atlas-map");
  if (alive && box) say(box, told.words["loading"] ?? "");
  import("./zones/page.ts")
    .then(({ openZones }) => openZones(root, told, alive))
    .catch(() => {
      still(root);
      if (box) say(box, told.words["failed"] ?? "");
    });
}
