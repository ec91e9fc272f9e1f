// Phones while they are looked at: new messages come in without a reload, and what somebody is typing stays.

const shelf = document.querySelector(".phones");

function phonesIn(root) {
  return [...root.querySelectorAll(":scope > [data-phone]")];
}

/** Take over what the server shows: screens in place, new phones and their order too unless somebody types in one. */
function show(html) {
  const fresh = document.createElement("div");
  // The server escapes every text; the policy of the page runs no script that could come this way.
  fresh.innerHTML = html;
  document.dispatchEvent(new CustomEvent("fresh-content", { detail: fresh }));
  const news = [];
  const known = new Map(phonesIn(shelf).map((phone) => [phone.dataset.phone, phone]));
  const wanted = phonesIn(fresh).map((phone) => {
    const old = known.get(phone.dataset.phone);
    if (old?.querySelector(".screen").textContent !== phone.querySelector(".screen").textContent) {
      news.push(`${phone.dataset.phone}: ${[...phone.querySelectorAll(".bubble bdi")].at(-1)?.textContent ?? ""}`);
    }
    if (!old || old.dataset.answers !== phone.dataset.answers) return phone;
    const [before, after] = [old.querySelector(".screen"), phone.querySelector(".screen")];
    if (before.textContent !== after.textContent) {
      before.replaceChildren(...after.childNodes);
      before.scrollTop = 0;
      before.lastElementChild?.lastElementChild?.classList.add("fresh");
    }
    return old;
  });
  if (news.length && known.size) document.dispatchEvent(new CustomEvent("fresh-news", { detail: news.join(". ") }));
  const focused = document.activeElement?.closest("[data-phone]");
  if (!focused || !shelf.contains(focused)) {
    if (wanted.length) shelf.replaceChildren(...wanted);
    else if (!known.size) shelf.replaceChildren(...fresh.childNodes);
  } else {
    for (const phone of wanted.reverse()) {
      const old = known.get(phone.dataset.phone);
      if (!old) shelf.prepend(phone);
      else if (old !== phone && old !== focused) old.replaceWith(phone);
    }
  }
}

/** An answer goes out without a reload. */
shelf.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.answer");
  if (!form) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  if (!answer.ok) {
    // The page that comes of it says what is wrong.
    form.submit();
    return;
  }
  form.elements.text.value = "";
});

shelf.addEventListener("live-content", (event) => {
  event.preventDefault();
  show(event.detail);
});
