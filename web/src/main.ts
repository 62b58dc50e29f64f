// Islands: each element that names one in data-island gets it. Pages read and work without any.
import "./fonts.css";
import { enhanceAtlas } from "./atlas.ts";
import { enhanceFound } from "./found.ts";
import { enhanceLanguage } from "./language.ts";
import { enhanceMap } from "./map.ts";
import { enhanceSearch } from "./search.ts";
import { enhanceSort } from "./sort.ts";
import { enhanceTry } from "./try.ts";

const islands: Record<string, (element: HTMLElement) => void> = {
  atlas: enhanceAtlas,
  found: enhanceFound,
  language: enhanceLanguage,
  map: enhanceMap,
  search: enhanceSearch,
  sort: enhanceSort,
  try: enhanceTry,
};

for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
  islands[element.dataset["island"] ?? ""]?.(element);
}
