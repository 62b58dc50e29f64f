/** The map as a PNG with its title, its names, its legend and its source written on it. */
import type { Map as MapLibre } from "maplibre-gl";
import { pattern } from "./pattern.ts";
import { figure, type Plate, type Told } from "./words.ts";

const LEAST = 560; // pixels across: a map on a telephone is narrower than its title

export function savePicture(map: MapLibre, title: string, plate: Plate, told: Told): void {
  map.once("render", () => write(map, title, plate, told)); // only then the canvas can be read
  map.triggerRepaint();
}

function write(map: MapLibre, title: string, plate: Plate, told: Told): void {
  const canvas = map.getCanvas();
  const scale = canvas.width / canvas.clientWidth;
  const [margin, line] = [20 * scale, 24 * scale];
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d");
  if (!pen) return;
  const theme = getComputedStyle(document.documentElement);
  const colour = (name: string) => theme.getPropertyValue(`--${name}`).trim();
  const family = getComputedStyle(document.body).fontFamily;
  const [titles, plain] = [`600 ${20 * scale}px ${family}`, `${14 * scale}px ${family}`];
  const room = Math.max(canvas.width, LEAST * scale);
  const head = folded(pen, title, titles, room);
  const source = folded(pen, `${told.words["source"] ?? "Vigie"} ${told.edition} · ${plate.unit}`, plain, room);
  const top = margin + head.length * 1.15 * line;
  sheet.width = room + 2 * margin;
  sheet.height = top + canvas.height + (plate.legend.length + source.length + 1) * line;
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = colour("ink");
  pen.font = titles;
  head.forEach((text, place) => pen.fillText(text, margin, margin + (place * 1.15 + 0.6) * line));
  pen.drawImage(canvas, margin, top);
  pen.font = `${Math.max(9, Math.min(14, canvas.clientWidth / 45)) * scale}px ${family}`; // names keep apart
  pen.textAlign = "center";
  for (const [name, lon, lat] of told.labels) {
    const { x, y } = map.project([lon, lat]);
    const shown = x > 0 && y > 0 && x < canvas.clientWidth && y < canvas.clientHeight;
    if (shown) pen.fillText(name, margin + x * scale, top + y * scale);
  }
  pen.textAlign = "start";
  pen.font = plain;
  const under = top + canvas.height;
  plate.legend.forEach(([style, text, count], place) => {
    const y = under + (place + 1) * line;
    pen.fillStyle = swatch(pen, style, colour);
    pen.fillRect(margin, y - 12 * scale, 16 * scale, 14 * scale);
    pen.strokeStyle = colour("line-strong");
    pen.strokeRect(margin, y - 12 * scale, 16 * scale, 14 * scale);
    pen.fillStyle = colour("ink");
    pen.fillText(`${text} (${figure(told.lang, count, 0)})`, margin + 26 * scale, y);
  });
  pen.fillStyle = colour("ink-soft");
  source.forEach((text, place) => pen.fillText(text, margin, under + (plate.legend.length + place + 1.4) * line));
  sheet.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `vigie-${plate.indicator}-${plate.level}-${plate.period}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

/** What a class is filled with: its colour, or the hatches and dots of the map for a figure that is not there. */
function swatch(
  pen: CanvasRenderingContext2D,
  style: string,
  colour: (name: string) => string,
): string | CanvasPattern {
  if (style !== "missing" && style !== "suppressed") return colour(style);
  const tile = document.createElement("canvas");
  const image = pattern(style, colour("hatch-ground"), colour("hatch-line"));
  [tile.width, tile.height] = [image.width, image.height];
  tile.getContext("2d")?.putImageData(image, 0, 0);
  return pen.createPattern(tile, "repeat") ?? colour("hatch-line");
}

/** A text on as many lines as its width asks for. */
function folded(pen: CanvasRenderingContext2D, text: string, font: string, width: number): string[] {
  pen.font = font;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
