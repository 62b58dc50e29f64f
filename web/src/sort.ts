/** Tables sorted by a column: a button in each heading, numbers by data-value, words as the language sorts them. */
export function enhanceSort(table: HTMLElement): void {
  const head = [...table.querySelectorAll<HTMLElement>("thead th")];
  const body = table.querySelector("tbody");
  if (!body || body.rows.length < 3) return;
  head.forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = cell.getAttribute("aria-sort") !== "ascending";
      for (const other of head) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...sorted([...body.rows], column, up));
    });
  });
}

function sorted(rows: HTMLTableRowElement[], column: number, up: boolean): HTMLTableRowElement[] {
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
  const sign = up ? 1 : -1;
  return rows.sort((one, other) => {
    const [a, b] = [one.cells[column], other.cells[column]];
    const [x, y] = [figure(a), figure(b)];
    if (x === undefined && y === undefined) return sign * compare(a?.textContent ?? "", b?.textContent ?? "");
    if (x === undefined || y === undefined) return x === undefined ? 1 : -1; // what is missing comes last
    return sign * (x - y);
  });
}

/** The number in a cell: its data-value, or what it shows. */
function figure(cell: HTMLTableCellElement | undefined): number | undefined {
  const text = cell?.dataset["value"] ?? "";
  return text === "" ? undefined : Number(text);
}
