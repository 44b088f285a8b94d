"use strict";
// Sends a sheet to the server of this machine, and shows what it answers. Every figure is the server's.
const here = document.body.dataset, drop = document.getElementById("drop"), file = document.getElementById("file");
const state = document.getElementById("state"), place = document.getElementById("sheet");
const budget = document.getElementById("budget");
const key = () => place.querySelector("[data-key]")?.dataset.key;
let turn = 0, last = Promise.resolve(), checked = "";
const chosen = new Map();  // what was chosen in a form that was not sent yet

const tell = (text, isBad) => { state.textContent = text; state.className = isBad ? "state alarm" : "state"; };

function put(html, isReadAnew) {
  const focus = document.activeElement?.id, inside = place.contains(document.activeElement);
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  const scrolled = place.querySelector(".shots")?.scrollTop;
  place.innerHTML = html;
  for (const [id, value] of chosen) { const one = document.getElementById(id); if (one) one.value = value; }
  if (inside && !isReadAnew) place.querySelectorAll("details").forEach((one, at) => { one.open ||= open[at] ?? false; });
  if (scrolled) { const shots = place.querySelector(".shots"); if (shots) shots.scrollTop = scrolled; }
  const back = document.getElementById(focus), top = document.getElementById("name");
  if (inside) (back?.checkVisibility() ? back : top)?.focus({ preventScroll: back !== null });
  if (key()) history.replaceState(null, "", `#${key()}`);
}

// One request after the other, in the order in which they were wished for; only the newest is shown.
function send(path, body, isReadAnew = false) {
  const mine = ++turn;
  place.setAttribute("aria-busy", "true");
  tell(here.working);
  last = last.then(async () => {
    try {
      const answer = await fetch(`${here.address}${path}`, { method: "POST", body, redirect: "error" });
      const text = await answer.text();
      if (mine !== turn) return;
      if (answer.ok) { put(text, isReadAnew); const { told, open } = place.querySelector("[data-told]").dataset; tell([open === undefined ? here.done : "", told].filter(Boolean).join(" ")); } else tell(text, true);
    } catch { if (mine === turn) tell(here.noAnswer, true); }
    if (mine === turn) place.removeAttribute("aria-busy");
  });
}

function take(one) {
  if (!one) return;
  if (one.size > Number(here.largest)) { tell(here.tooLarge, true); return; }
  checked = budget.value;
  chosen.clear();
  send(`/sheets?${new URLSearchParams({ name: one.name, budget: budget.value, lang: here.lang })}`, one);
}

function say(values) {
  checked = budget.value;
  if (key()) send(`/sheets/${key()}?lang=${here.lang}`, new URLSearchParams({ budget: budget.value, ...values }), values.do === "columns");
}

file.addEventListener("change", () => take(file.files[0]));
for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); take(event.dataTransfer.files[0]); });

budget.addEventListener("change", () => { if (budget.value !== checked) say({}); });
addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target, kind = form.dataset.form;
  if (kind === "shots") return;
  if (kind !== "budget") chosen.clear();
  say(kind === "budget" ? {} : { ...Object.fromEntries(new FormData(form)), do: kind });
});
place.addEventListener("change", (event) => {
  const one = event.target;
  if (one.type !== "checkbox" && one.closest("form")?.dataset.form !== "shots") chosen.set(one.id, one.value);
  if (one.closest("form")?.dataset.form === "shots") say({ do: "shots", [one.name]: one.value });
});
place.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-do]");
  if (wanted) say({ do: wanted.dataset.do });
});
for (const link of document.querySelectorAll("[data-language]")) {
  link.addEventListener("click", () => { link.href = link.href.split("#")[0] + location.hash; });
}
if (location.hash.length > 1) send(`/sheets/${encodeURIComponent(location.hash.slice(1))}?lang=${here.lang}`, "");
