/** What the server tells the map: its state, its words, where its files are. */
export interface Told {
  lang: "fr" | "en";
  prefix: string;
  edition: string;
  tiles: string;
  level: string;
  levelNames: [string, string];
  indicator: string;
  period: string;
  periods: string[];
  second: [string, string] | null;
  threshold: number;
  thresholdAsked: boolean;
  frame: [number, number, number, number] | null;
  view: string;
  here: string;
  labels: [string, number, number][];
  words: Record<string, string>;
}

/** The territories of a level, in the order of every list of values; their names come after the first drawing. */
export interface Roll {
  codes: string[];
  populations: (number | null)[];
}

/** An indicator at a level in a period. */
export interface Plate {
  indicator: string;
  level: string;
  period: string;
  text: string;
  unit: string;
  sign: string;
  decimals: number;
  breaks: number[];
  styles: string[];
  domain: [number, number];
  values: (number | null)[];
  suppressed: number[];
  legend: [string, string, number, number][];
  bins: [number, string][];
}

export function figure(lang: string, value: number, decimals: number): string {
  const shown = value.toLocaleString(lang === "fr" ? "fr-FR" : "en-GB", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return shown.replaceAll("\u00a0", "\u202f").replace("-", "−");
}

/** The place of each territory's class: after the last class, missing, then suppressed. */
export function places(plate: Plate): Uint8Array {
  const missing = plate.styles.length;
  const found = Uint8Array.from(plate.values, (value) =>
    value === null ? missing : plate.breaks.reduce((place, cut) => place + (value >= cut ? 1 : 0), 0),
  );
  for (const at of plate.suppressed) found[at] = missing + 1;
  return found;
}
