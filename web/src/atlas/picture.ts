/** The map as a PNG with its title, its legend and its source written on it. */
import type { Map as MapLibre } from "maplibre-gl";
import { figure, type Plate, type Told } from "./words.ts";

export function savePicture(map: MapLibre, title: string, plate: Plate, told: Told): void {
  map.once("render", () => write(map.getCanvas(), title, plate, told)); // only then the canvas can be read
  map.triggerRepaint();
}

function write(canvas: HTMLCanvasElement, title: string, plate: Plate, told: Told): void {
  const scale = canvas.width / canvas.clientWidth;
  const [margin, head] = [20 * scale, 56 * scale];
  const line = 24 * scale;
  const foot = (plate.legend.length + 2) * line;
  const sheet = document.createElement("canvas");
  sheet.width = canvas.width + 2 * margin;
  sheet.height = canvas.height + head + foot;
  const pen = sheet.getContext("2d");
  if (!pen) return;
  const theme = getComputedStyle(document.documentElement);
  const colour = (name: string) => theme.getPropertyValue(`--${name}`).trim();
  const family = getComputedStyle(document.body).fontFamily;
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = colour("ink");
  pen.font = `600 ${20 * scale}px ${family}`;
  pen.fillText(title, margin, head * 0.62);
  pen.drawImage(canvas, margin, head);
  pen.font = `${14 * scale}px ${family}`;
  plate.legend.forEach(([style, text, count], place) => {
    const y = head + canvas.height + (place + 1) * line;
    pen.fillStyle = style === "missing" || style === "suppressed" ? colour("hatch-line") : colour(style);
    pen.fillRect(margin, y - 12 * scale, 16 * scale, 14 * scale);
    pen.strokeStyle = colour("line-strong");
    pen.strokeRect(margin, y - 12 * scale, 16 * scale, 14 * scale);
    pen.fillStyle = colour("ink");
    pen.fillText(`${text} (${figure(told.lang, count, 0)})`, margin + 26 * scale, y);
  });
  pen.fillStyle = colour("ink-soft");
  const source = `${told.words["source"] ?? "Vigie"} ${told.edition} · ${plate.unit}`;
  pen.fillText(source, margin, sheet.height - 14 * scale);
  sheet.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `vigie-${plate.indicator}-${plate.level}-${plate.period}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
