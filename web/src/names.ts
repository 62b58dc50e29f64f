/** Search among the names of a copy made of files: the answers of the service, from one index read once. */
import { at } from "./place.ts";

export interface Suggestion {
  key: string;
  name: string;
  kind: string;
  within: string;
  href: string;
}

interface Index {
  prefix: string;
  kinds: { level: string; kind: string; late: boolean }[];
  departements: string[];
  names: string[];
  codes: string[];
  kind: number[];
  departement: number[];
}

interface Names {
  index: Index;
  plain: string[];
}

const read = new Map<string, Promise<Names>>();

/** The territories that answer to a name or a code, the likeliest first. */
export async function named(text: string, lang: string, most: number): Promise<Suggestion[]> {
  const reading = read.get(lang) ?? load(lang);
  read.set(lang, reading);
  reading.catch(() => read.delete(lang));
  const { index, plain } = await reading;
  const wanted = plainly(text);
  const code = text.trim().toLowerCase();
  if (!wanted) return [];
  // Territories are in the order of their level and population: a sort by tier that keeps it says the rest.
  const found: [number, number][] = [];
  plain.forEach((name, place) => {
    const tier = index.codes[place]?.toLowerCase() === code ? 0 : tierOf(name, wanted);
    if (tier >= 0) found.push([tier + (index.kinds[index.kind[place] ?? 0]?.late ? 4 : 0), place]);
  });
  found.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return found.slice(0, most).map(([, place]) => suggestion(index, place));
}

async function load(lang: string): Promise<Names> {
  const answer = await fetch(at(`/recherche/index-${lang}.json`));
  if (!answer.ok) throw new Error(String(answer.status));
  const index = (await answer.json()) as Index;
  return { index, plain: index.names.map(plainly) };
}

/** Exact, then at the start, then at the start of a word; -1 for a name that does not answer. */
function tierOf(name: string, wanted: string): number {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  return name.includes(` ${wanted}`) ? 2 : -1;
}

/** Lower case, without accents nor hyphens, "st" written out, as the service compares names. */
function plainly(text: string): string {
  const bare = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = bare.replaceAll("œ", "oe").replaceAll("æ", "ae").replace(/[^a-z0-9]+/g, " ").trim();
  return words.replace(/\bst\b/g, "saint").replace(/\bste\b/g, "sainte");
}

function suggestion(index: Index, place: number): Suggestion {
  const { level, kind } = index.kinds[index.kind[place] ?? 0] ?? { level: "", kind: "" };
  const code = index.codes[place] ?? "";
  return {
    key: `${level}:${code}`,
    name: index.names[place] ?? "",
    kind,
    within: index.departements[index.departement[place] ?? -1] ?? "",
    href: at(`${index.prefix}/territoire/${level}/${code}/`),
  };
}
