// Islands: each element that names one in data-island gets it. Pages read and work without any.
import "./fonts.css";
import { enhanceAct } from "./act.ts";
import { enhanceAtlas } from "./atlas.ts";
import { enhanceFound } from "./found.ts";
import { enhanceLanguage } from "./language.ts";
import { enhanceMap } from "./map.ts";
import { enhancePick } from "./pick.ts";
import { enhanceScenario } from "./scenario.ts";
import { enhanceSearch } from "./search.ts";
import { enhanceSort } from "./sort.ts";
import { enhanceTry } from "./try.ts";
import { enhanceZones } from "./zones.ts";

const islands: Record<string, (element: HTMLElement) => void> = {
  act: enhanceAct,
  atlas: enhanceAtlas,
  found: enhanceFound,
  language: enhanceLanguage,
  map: enhanceMap,
  pick: enhancePick,
  scenario: enhanceScenario,
  search: enhanceSearch,
  sort: enhanceSort,
  try: enhanceTry,
  zones: enhanceZones,
};

for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
  islands[element.dataset["island"] ?? ""]?.(element);
}
