/** Forms of the page of the API: the answer is shown below the form; without this they open it as a page. */
const LONGEST = 20_000; // characters shown

export function enhanceTry(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  const address = document.createElement("p");
  const answer = document.createElement("pre");
  answer.tabIndex = 0;
  answer.setAttribute("aria-live", "polite");
  address.hidden = answer.hidden = true;
  form.append(address, answer);
  form.addEventListener("submit", (event) => {
    const url = asked(form);
    if (/[?&]format=(xlsx|parquet|arrow)\b/.test(url)) return; // a file is for the browser to save
    event.preventDefault();
    void show(url, address, answer);
  });
}

function asked(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  let path = form.dataset["address"] ?? "";
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || !value) continue;
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(value));
    else query.append(name, value);
  }
  const text = query.toString();
  return path + (text ? `?${text}` : "");
}

async function show(url: string, address: HTMLElement, answer: HTMLElement): Promise<void> {
  const link = document.createElement("a");
  link.href = url;
  const code = document.createElement("code");
  code.textContent = url;
  link.append(code);
  address.replaceChildren(link);
  address.hidden = answer.hidden = false;
  answer.textContent = "…";
  try {
    const response = await fetch(url);
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json") === true;
    const shown = json && text.length < 500_000 && !url.includes("jsonl") ? JSON.stringify(JSON.parse(text), null, 1) : text;
    answer.textContent = shown.length > LONGEST ? `${shown.slice(0, LONGEST)}\n…` : shown;
  } catch (fault) {
    answer.textContent = String(fault);
  }
}
