// The form of a send: what it comes to is asked of the server while somebody types.

const WAIT_MS = 250;
const form = document.querySelector("form[data-preview]");
const shown = document.getElementById("preview");
const said = document.getElementById("preview-said");
let timer;
let asking;

async function ask() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new FormData(form),
      signal: asking.signal,
    });
    if (!answer.ok) return;
    const isOpen = shown.querySelector("details")?.open;
    // The server escapes every text; the policy of the page runs no script that could come this way.
    shown.innerHTML = await answer.text();
    const cuts = shown.querySelector("details");
    if (cuts && isOpen) cuts.open = true;
    said.textContent = shown.querySelector("[data-said]")?.dataset.said ?? "";
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = "";
  }
}

form?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
});
if (form?.elements.text.value) ask();
