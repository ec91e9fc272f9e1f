// What a page gains when scripts run. Everything works without it, but for live updates.

const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" });
const clocked = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Show moments in the visitor's own zone; the title keeps them in UTC. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    const format = time.classList.contains("clock") ? clocked : moment.getFullYear() === new Date().getFullYear() ? thisYear : zoned;
    time.textContent = format.format(moment);
  }
}

/** A button beside each piece of code that copies it. */
function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const block of root.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent.trim());
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.insertAdjacentElement("afterend", button);
  }
}

/** Sections with data-live name a stream of server-sent events; each event is the section's new content. */
function goLive(root) {
  for (const section of root.querySelectorAll("[data-live]")) {
    const lamp = section.closest("main")?.querySelector(".live");
    const stream = new EventSource(section.dataset.live);
    stream.addEventListener("open", () => lamp?.classList.add("on"));
    stream.addEventListener("error", () => lamp?.classList.remove("on"));
    stream.addEventListener("content", (event) => {
      // The server escapes every text; the policy of the page runs no script that could come this way.
      section.innerHTML = event.data;
      localise(section);
    });
    stream.addEventListener("end", () => {
      stream.close();
      if (section.dataset.over === "reload") location.reload();
    });
    addEventListener("pagehide", () => stream.close());
  }
}

/** A file that is too large is said to be, before it is sent in vain. */
function weighFiles(root) {
  for (const input of root.querySelectorAll("input[data-octets-max]")) {
    input.addEventListener("change", () => {
      const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.octetsMax));
      input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
      input.reportValidity();
    });
  }
}

// Modules of single pages tell of what they put in place.
document.addEventListener("fresh-content", (event) => localise(event.detail));

localise(document);
offerCopies(document);
weighFiles(document);
goLive(document);
