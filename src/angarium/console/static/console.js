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

// What pages say while they change, for those who hear them: one place for all of it, there from the beginning.
const crier = document.createElement("p");
crier.className = "hidden-visually";
crier.setAttribute("role", "status");
document.querySelector("main")?.append(crier);

function announce(text) {
  if (crier.textContent !== text) crier.textContent = text;
}

/** A button beside each piece of code that copies it; data-copy is what the piece is called. */
function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const block of root.querySelectorAll("[data-copy]")) {
    const name = block.dataset.copy || "it";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    const what = document.createElement("span");
    what.className = "hidden-visually";
    what.textContent = ` ${name}`;
    const label = document.createElement("span");
    label.textContent = "Copy";
    button.append(label, what);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent.trim());
      label.textContent = "Copied";
      announce(`Copied ${name}.`);
      setTimeout(() => { label.textContent = "Copy"; announce(""); }, 2000);
    });
    block.insertAdjacentElement("afterend", button);
  }
}

/** Make a piece of the page like a fresh one and touch only what differs, so that focus, selection and scrolling stay. */
function settle(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
  } else {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
    settleContent(old, fresh);
  }
}

/** The same for what is in it: what has a data-key is the same thing in both, wherever it stands. */
function settleContent(old, fresh) {
  const keyed = (root) => new Map([...root.children].filter((each) => each.dataset.key).map((each) => [each.dataset.key, each]));
  const [before, after] = [keyed(old), keyed(fresh)];
  for (const [key, each] of before) if (!after.has(key)) each.remove();
  let place = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = next.dataset?.key;
    const known = key ? before.get(key) : place?.dataset?.key ? undefined : place;
    if (known) {
      if (known === place) place = place.nextSibling;
      else old.insertBefore(known, place);
      settle(known, next);
    } else {
      old.insertBefore(next, place);
    }
  }
  while (place) {
    const rest = place.nextSibling;
    place.remove();
    place = rest;
  }
}

/** Put what the server has drawn anew in place of what is shown, and say aloud what it wants to be said. */
function renew(section, html) {
  const fresh = section.cloneNode(false);
  // The server escapes every text; the policy of the page runs no script that could come this way.
  fresh.innerHTML = html;
  localise(fresh);
  settleContent(section, fresh);
  const said = section.querySelector("[data-said]");
  if (said) announce(said.dataset.said);
}

/** Sections with data-live name a stream of server-sent events; each event is the section's new content. */
function goLive(root) {
  for (const section of root.querySelectorAll("[data-live]")) watch(section);
}

/** What the lamp of a page says of its stream. */
const LAMP = { on: "Live", lost: "Connection lost, trying again …", gone: "No longer live: reload the page" };

/** Follow the stream of a section until it ends. What is shown of it never looks newer than it is. */
function watch(section) {
  const lamp = section.closest("main")?.querySelector(".live");
  let stream = null;

  function say(state) {
    if (!lamp || lamp.classList.contains(state)) return;
    for (const each of Object.keys(LAMP)) lamp.classList.toggle(each, each === state);
    lamp.textContent = LAMP[state] ?? "";
    lamp.hidden = !(state in LAMP);
    if (state === "lost" || state === "gone") announce(LAMP[state]);
  }

  function open() {
    stream = new EventSource(section.dataset.live);
    stream.addEventListener("open", () => say("on"));
    // The browser goes on trying, unless the server has answered with something else.
    stream.addEventListener("error", () => say(stream.readyState === EventSource.CLOSED ? "gone" : "lost"));
    stream.addEventListener("content", (event) => {
      // A module of the page may know better how to take it.
      const news = new CustomEvent("live-content", { detail: event.data, cancelable: true });
      if (section.dispatchEvent(news)) renew(section, event.data);
    });
    stream.addEventListener("again", () => {
      stream.close();
      open();
    });
    // Whoever may not see it any more gets the page that says so, in place of what is shown here.
    stream.addEventListener("gone", () => location.reload());
    stream.addEventListener("end", () => {
      stream.close();
      say("over");
      if (section.dataset.over === "reload") location.reload();
    });
  }

  open();
  addEventListener("pagehide", () => stream.close());
}

/** Moments are typed in the visitor's own zone, and sent in UTC. */
function zoneMoments(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shifted = (value, minutes) => new Date(Date.parse(`${value}Z`) + minutes * 60_000).toISOString().slice(0, 19);
  for (const input of root.querySelectorAll("input[data-utc]")) {
    const label = input.labels[0];
    label.textContent = label.textContent.replace("(UTC)", `(${zone})`);
    if (input.value) input.value = shifted(input.value, -new Date(`${input.value}Z`).getTimezoneOffset());
    input.form.addEventListener("formdata", ({ formData }) => {
      if (input.value) formData.set(input.name, shifted(input.value, new Date(input.value).getTimezoneOffset()));
    });
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

// Modules of single pages tell of what they put in place, and of what is to be said aloud.
document.addEventListener("fresh-content", (event) => localise(event.detail));
document.addEventListener("fresh-news", (event) => announce(event.detail));
// A page that comes back out of the browser's memory has lost its streams.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

localise(document);
offerCopies(document);
zoneMoments(document);
weighFiles(document);
goLive(document);
