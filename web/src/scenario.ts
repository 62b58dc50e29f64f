/** A scenario file is sent to the API, which answers with its word; the page that has the word is then opened. */
export function enhanceScenario(root: HTMLElement): void {
  const field = root.querySelector<HTMLElement>(".act-file");
  const input = field?.querySelector("input");
  const fault = root.querySelector<HTMLElement>(".act-fault");
  if (!field || !input || !fault) return;
  field.hidden = false;
  input.addEventListener("change", () => void sent(root, input, fault));
}

async function sent(root: HTMLElement, input: HTMLInputElement, fault: HTMLElement): Promise<void> {
  const file = input.files?.[0];
  if (!file) return;
  fault.hidden = true;
  const kind = file.name.toLowerCase().endsWith(".json") ? "application/json" : "application/toml";
  try {
    const response = await fetch("/api/v1/scenarios?places=0", {
      method: "POST",
      headers: { "content-type": kind },
      body: await file.text(),
    });
    const answer = (await response.json()) as { token?: string; detail?: string; detail_fr?: string };
    if (!response.ok || !answer.token) {
      const own = document.documentElement.lang === "fr" ? answer.detail_fr : answer.detail;
      throw new Error(own ?? "");
    }
    const query = new URLSearchParams();
    for (const kept of root.querySelectorAll<HTMLInputElement>("input[name=s]")) query.append("s", kept.value);
    query.append("s", answer.token);
    location.assign(`${root.dataset["page"] ?? ""}?${query.toString()}`);
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : "";
    fault.textContent = `${root.dataset["failed"] ?? ""} ${why}`;
    fault.hidden = false;
    input.value = "";
  }
}
