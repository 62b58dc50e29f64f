/** The patterns of what has no figure: hatches for what is missing, dots for what is suppressed. */
export function pattern(name: "missing" | "suppressed", ground: string, line: string): ImageData {
  const size = 16;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no 2d context");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = pen.fillStyle = line;
  if (name === "missing") {
    pen.lineWidth = 3;
    for (const start of [-size, 0, size]) {
      pen.beginPath();
      pen.moveTo(start - 2, size + 2);
      pen.lineTo(start + size + 2, -2);
      pen.stroke();
    }
  } else {
    pen.beginPath();
    pen.arc(size / 2, size / 2, 3.2, 0, 7);
    pen.fill();
  }
  return pen.getImageData(0, 0, size, size);
}
