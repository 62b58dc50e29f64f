/** One map: the tiles of the edition, coloured by the class of each territory. */
import { addProtocol, Map as MapLibre, Marker, prewarm, setWorkerUrl } from "maplibre-gl";
import type { ExpressionSpecification, FilterSpecification, StyleSpecification } from "maplibre-gl";
import { at } from "../place.ts";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Protocol } from "pmtiles";
import { pattern } from "./pattern.ts";
import type { Told } from "./words.ts";

const SOURCE = "france";
const FRANCE: [number, number, number, number] = [-7.1, 41.3, 9.6, 51.1];
const FILLED: Record<string, number> = { commune: 7.2, bassin_de_vie: 5.6, epci: 5.6 }; // from here on, own borders

const ABSENT = ["missing", "suppressed"] as const;
const FADED = 64; // added to the class of a territory that is faded

setWorkerUrl(workerUrl);
addProtocol("pmtiles", new Protocol().tile);
prewarm(); // the worker starts while the figures come

/** What a map needs to be told, whatever it colours. */
export type Drawn = Pick<Told, "tiles" | "level" | "labels" | "frame" | "view" | "words">;

/** A code read in base 36 is the feature's id in the tiles. */
export function idOf(code: string): number {
  return Number.parseInt(code, 36);
}

export class View {
  readonly map: MapLibre;
  private classes: Uint8Array | undefined;
  private faded: Uint8Array | undefined;
  private styles: string[] = [];
  private ids: number[] = [];
  private ready = false;
  private hatched: Record<(typeof ABSENT)[number], string> = { missing: "", suppressed: "" };
  private aim: number | number[] | undefined;

  /** The classes are wanted from the start: a filter changed later has every tile read again. */
  constructor(
    readonly box: HTMLElement,
    private readonly told: Drawn,
    ids: number[],
    styles: string[],
    classes: Uint8Array,
  ) {
    this.ids = ids;
    this.styles = styles;
    this.classes = classes;
    const [live, holder] = [document.createElement("div"), document.createElement("div")];
    live.className = "atlas-live"; // not seen on the page of the map until drawn: the server's picture stands there
    live.append(holder);
    box.append(live);
    const frame = told.frame ?? FRANCE;
    const view = told.view.split(",").map(Number);
    const [lon, lat, zoom] = view;
    const start =
      view.length === 3 && lon !== undefined && lat !== undefined && zoom !== undefined
        ? { center: [lon, lat] as [number, number], zoom }
        : { bounds: frame, fitBoundsOptions: { padding: 12 } };
    this.map = new MapLibre({
      container: holder,
      style: this.style(),
      ...start,
      minZoom: 3,
      maxZoom: 13,
      maxPitch: 0,
      dragRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
      cooperativeGestures: false,
      renderWorldCopies: false,
      canvasContextAttributes: { antialias: false }, // fills and lines smooth their own edges
      locale: { "Map.Title": told.words["map"] ?? "" },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.once("style.load", () => {
      this.hatch(); // before any tile asks for a pattern
      this.begin();
    });
    this.map.on("error", ({ error }) => {
      if (error.message) console.error(error); // without a message: a tile no longer wanted
    });
    this.label();
    const aim = document.createElement("div");
    aim.className = "atlas-aim";
    box.append(aim);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.hatch();
      this.repaint();
    });
  }

  /** Tell of each territory clicked, or picked with Enter in the middle of the map; undefined for none. */
  onChoice(choose: (id: number | undefined) => void): void {
    this.map.on("click", (event) => choose(this.at(event.point)));
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      choose(this.at(this.map.project(this.map.getCenter())));
    });
  }

  /** Colour every territory, each by its feature's id; only those whose class or fading changed are told to the map. */
  show(styles: string[], classes: Uint8Array, faded: Uint8Array): void {
    const repaint = styles.join() !== this.styles.join();
    const [before, dim] = [this.ready ? this.classes : undefined, this.ready ? this.faded : undefined];
    this.styles = styles;
    this.classes = classes;
    this.faded = faded.slice();
    if (!this.ready) return;
    if (repaint) this.repaint();
    for (const name of ABSENT) {
      const among = this.among(name);
      if (among.key !== this.hatched[name]) this.map.setFilter(name, among.filter);
      this.hatched[name] = among.key;
    }
    for (let at = 0; at < classes.length; at += 1) {
      if (before?.[at] === classes[at] && dim?.[at] === faded[at]) continue;
      this.tell(at);
    }
  }

  /** Fade or light the territories at these places alone. */
  fade(from: number[], faded: boolean): void {
    if (!this.faded) return;
    for (const at of from) {
      this.faded[at] = faded ? 1 : 0;
      if (this.ready) this.tell(at);
    }
  }

  /** Outline a territory, or several as one zone. */
  outline(id: number | number[] | undefined): void {
    this.aim = id;
    if (!this.ready) return;
    const several = Array.isArray(id);
    this.map.setFilter("here", ["in", ["id"], ["literal", several ? id : [id ?? -1]]]);
    // From afar, thick borders of many small communes would be one blot.
    this.map.setPaintProperty("here", "line-width", several ? ["interpolate", ["linear"], ["zoom"], 5, 0.7, 9, 2.6] : 2.6);
  }

  /** The feature under a point of the map. */
  at(point: { x: number; y: number }): number | undefined {
    const found = this.map.queryRenderedFeatures([point.x, point.y], { layers: ["fill"] });
    const id = found[0]?.id;
    return id === undefined ? undefined : Number(id);
  }

  fit(frame: [number, number, number, number]): void {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.fitBounds(frame, { padding: 48, maxZoom: 10.5, animate: !still, duration: 700 });
  }

  whole(): void {
    this.fit(this.told.frame ?? FRANCE);
  }

  private tell(at: number): void {
    const id = this.ids[at];
    if (id === undefined) return;
    const place = this.classes?.[at] ?? -1;
    const state = { c: this.faded?.[at] === 1 ? place + FADED : place };
    this.map.setFeatureState({ source: SOURCE, sourceLayer: this.told.level, id }, state);
  }

  /** Colours are told before the first tile is drawn, so that each is drawn once. */
  private begin(): void {
    this.ready = true;
    this.repaint();
    this.classes?.forEach((_, at) => this.tell(at));
    if (this.aim !== undefined) this.outline(this.aim);
  }

  /** Which territories have no figure in this way: the filter of their layer, and a key of it. */
  private among(name: (typeof ABSENT)[number]): { filter: FilterSpecification; key: string } {
    const place = this.styles.length + ABSENT.indexOf(name);
    const found = this.ids.filter((_, at) => this.classes?.[at] === place);
    const none = ["==", ["id"], -1] as unknown as FilterSpecification;
    const filter = ["match", ["id"], found, true, false] as unknown as FilterSpecification;
    return { filter: found.length ? filter : none, key: found.join() };
  }

  private label(): void {
    for (const [name, lon, lat] of this.told.labels) {
      const label = document.createElement("span");
      label.className = "atlas-name";
      label.textContent = name;
      label.setAttribute("aria-hidden", "true");
      new Marker({ element: label }).setLngLat([lon, lat]).addTo(this.map);
      label.removeAttribute("role");
      label.removeAttribute("aria-label");
      label.removeAttribute("tabindex");
    }
  }

  private colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888888";
  }

  private repaint(): void {
    if (!this.ready) return;
    this.map.setPaintProperty("ground", "background-color", this.colour("sunken"));
    this.map.setPaintProperty("fill", "fill-color", this.fills());
    this.map.setPaintProperty("border", "line-color", this.colour("border-map"));
    this.map.setPaintProperty("departement", "line-color", this.colour("ink-soft"));
    this.map.setPaintProperty("here", "line-color", this.colour("ink"));
  }

  private fills(): ExpressionSpecification | string {
    const pairs = this.styles.flatMap((style, place) => {
      const colour = this.colour(style);
      return [place, colour, place + FADED, translucent(colour)];
    });
    if (!pairs.length) return this.colour("hatch-ground");
    const chosen = ["match", ["coalesce", ["feature-state", "c"], -1], ...pairs, this.colour("hatch-ground")];
    return chosen as unknown as ExpressionSpecification;
  }

  /** The two patterns: hatches for what is missing, dots for what is suppressed. */
  private hatch(): void {
    for (const name of ["missing", "suppressed"] as const) {
      if (this.map.hasImage(name)) this.map.removeImage(name);
      this.map.addImage(name, pattern(name, this.colour("hatch-ground"), this.colour("hatch-line")), { pixelRatio: 2 });
    }
  }

  private style(): StyleSpecification {
    const level = this.told.level;
    const own = FILLED[level] ?? 0;
    return {
      version: 8,
      sources: { [SOURCE]: { type: "vector", url: `pmtiles://${new URL(at(this.told.tiles), location.href).href}` } },
      layers: [
        { id: "ground", type: "background", paint: { "background-color": this.colour("sunken") } },
        { id: "fill", type: "fill", source: SOURCE, "source-layer": level,
          paint: { "fill-color": this.fills(), "fill-antialias": own === 0 } },
        ...ABSENT.map((name) => {
          const { filter, key } = this.among(name);
          this.hatched[name] = key;
          return { id: name, type: "fill" as const, source: SOURCE, "source-layer": level, filter,
                   paint: { "fill-pattern": name, "fill-antialias": false } };
        }),
        { id: "border", type: "line", source: SOURCE, "source-layer": level, minzoom: own,
          paint: { "line-color": this.colour("border-map"), "line-width": 0.7 } },
        { id: "departement", type: "line", source: SOURCE, "source-layer": "departement", maxzoom: 8.5,
          paint: { "line-color": this.colour("ink-soft"), "line-opacity": 0.55,
                   "line-width": level === "departement" || level === "region" ? 0 : 0.6 } },
        { id: "here", type: "line", source: SOURCE, "source-layer": level, filter: ["==", ["id"], -1],
          paint: { "line-color": this.colour("ink"), "line-width": 2.6 } },
      ],
    };
  }
}

/** A colour seen through: a faded territory stays on the map without being told. */
function translucent(colour: string): string {
  const [, digits = "888888"] = /^#([0-9a-f]{6})$/i.exec(colour) ?? [];
  return `#${digits}38`;
}
