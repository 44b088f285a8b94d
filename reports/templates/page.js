"use strict";
const make = (name, text, className) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
};

// Tables: find, filter, sort.
for (const table of document.querySelectorAll("table[data-live]")) {
  const rows = [...table.tBodies[0].rows];
  rows.forEach((row, at) => { row.dataset.line = at; });
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const box = document.querySelector(`input[data-for="${table.id}"]`);
  const tools = box.closest("p");
  const count = tools.querySelector("[data-shown]");
  const place = tools.querySelector("[data-filters]");
  const heads = [...table.tHead.rows[0].cells];
  const filters = [];
  const show = () => {
    const wanted = box.value.trim().toLowerCase();
    let left = 0;
    rows.forEach((row, at) => {
      const fits = texts[at].includes(wanted) && filters.every(([select, column]) =>
        select.value === "*" || row.cells[column].textContent === select.value.slice(1));
      row.hidden = !fits;
      left += fits;
    });
    count.textContent = count.dataset.shown.replace("##", rows.length).replace("#", left);
  };
  heads.forEach((head, column) => {
    if (!("filter" in head.dataset)) return;
    const values = [...new Set(rows.map((row) => row.cells[column].textContent))].sort();
    const select = make("select");
    select.append(new Option(place.dataset.all, "*"), ...values.map((value) => new Option(value || "–", "=" + value)));
    const label = make("label", head.textContent + " ");
    label.append(select);
    place.append(label, " ");
    select.addEventListener("change", show);
    filters.push([select, column]);
  });
  box.addEventListener("input", show);
  tools.hidden = false;
  heads.forEach((head, column) => {
    const button = make("button", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.ariaSort === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.ariaSort = down ? "descending" : "ascending";
      const key = (row) => {
        const cell = row.cells[column];
        if (cell.dataset.v !== undefined) return Number(cell.dataset.v) || -1;
        if (cell.className === "n") return Number(cell.textContent.replaceAll(",", ""));
        const summary = cell.querySelector("summary");
        return (summary || cell).textContent;
      };
      const keys = new Map(rows.map((row, at) => [row, [key(row), at]]));
      const sign = down ? -1 : 1;
      table.tBodies[0].append(...[...rows].sort((one, other) => {
        const [a, i] = keys.get(one), [b, j] = keys.get(other);
        return a < b ? -sign : a > b ? sign : i - j;
      }));
    });
  });
  show();
}

// What if: exact sums of whole steps; prices come from a table that was made with the report.
const island = document.getElementById("plan");
if (island) {
  const plan = JSON.parse(island.textContent);
  const words = JSON.parse(document.getElementById("words").textContent);
  const MOST_KINDS = 100;
  const OPTIONS = ["quality", "sound", "seconds"];
  const template = document.getElementById("trial-panel");
  template.replaceWith(template.content);
  const panel = document.querySelector(".trial");
  const body = panel.querySelector("tbody"), outcome = panel.querySelector(".outcome"), said = panel.querySelector("output");
  const kinds = new Map(), single = new Map();

  const chosen = (group, change) => Object.fromEntries(OPTIONS.map((name) => [name, (change && change[name]) ?? group[name]]));
  const price = (group, options) => {
    const text = plan.models[group.model].prices[OPTIONS.map((name) => options[name] || "").join("|")];
    return text === undefined ? undefined : BigInt(text);
  };
  const before = (group) => price(group, group);
  const after = (at, line) => {
    const group = plan.groups[at];
    return price(group, chosen(group, (line !== undefined && single.get(line)) || kinds.get(at)));
  };

  const gcd = (a, b) => { while (b) [a, b] = [b, a % b]; return a < 0n ? -a : a; };
  const reduced = ([a, b]) => { const d = gcd(a, b) || 1n; return [a / d, b / d]; };
  const plus = ([a, b], [c, d]) => reduced([a * d + c * b, b * d]);
  const rational = (text) => {
    const [whole, rest = ""] = text.split(".");
    return reduced([BigInt(whole + rest), 10n ** BigInt(rest.length)]);
  };
  const digits = ([a, b], least, most) => {
    const scale = 10n ** BigInt(most), size = a < 0n ? -a : a;
    const rounded = (2n * size * scale + b) / (2n * b);
    let rest = (rounded % scale).toString().padStart(most, "0");
    while (rest.length > least && rest.endsWith("0")) rest = rest.slice(0, -1);
    const whole = (rounded / scale).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    return (a < 0n && rounded ? "-" : "") + whole + (rest ? "." + rest : "");
  };
  const amount = (steps, code) => [steps, 10n ** BigInt(plan.currencies[code].decimals)];
  const dollars = (steps, code) => {
    const [n, d] = rational(plan.currencies[code].per_usd), [a, b] = amount(steps, code);
    return reduced([a * d, b * n]);
  };

  const sums = (cost, source) => {
    const found = {};
    const add = (at, takes, each) => {
      const group = plan.groups[at];
      if (source !== null && group.source !== source) return;
      const code = plan.models[group.model].currency;
      found[code] = (found[code] || 0n) + each * BigInt(takes);
    };
    const apart = new Map();
    for (const line of single.keys()) {
      const [at, takes] = plan.lines[line];
      apart.set(at, (apart.get(at) || 0) + takes);
      add(at, takes, cost(at, line));
    }
    plan.groups.forEach((group, at) => add(at, group.takes - (apart.get(at) || 0), cost(at)));
    return found;
  };
  const spent = (found, converted) => Object.entries(found)
    .map(([code, steps]) => converted ? dollars(steps, code) : amount(steps, code))
    .reduce(plus, [0n, 1n]);

  const results = () => {
    const planned = sums((at) => before(plan.groups[at]), null), changed = sums(after, null);
    const lines = Object.keys(changed).sort().map((code) => {
      const money = plan.currencies[code].per_usd === null || code === "USD" ? "" : ` = ${digits(dollars(changed[code], code), 2, 2)} USD`;
      const change = changed[code] - planned[code];
      return {
        name: words.total, text: `${digits(amount(changed[code], code), 0, plan.currencies[code].decimals)} ${code}${money}`,
        change: change ? `${change > 0n ? "+" : ""}${digits(amount(change, code), 0, plan.currencies[code].decimals)}` : "",
      };
    });
    for (const limit of plan.limits) {
      const found = sums(after, limit.source);
      const mine = limit.converted ? found : { [limit.currency]: found[limit.currency] || 0n };
      const [a, b] = spent(mine, limit.converted);
      const left = plus(rational(limit.limit), [-a, b]);
      lines.push({ name: `${words.headroom} (${limit.name})`, text: `${digits(left, 2, limit.converted ? 4 : Math.max(4, plan.currencies[limit.currency].decimals))} ${limit.currency}`, over: left[0] < 0n });
    }
    return lines;
  };

  const show = () => {
    outcome.replaceChildren(...results().map((line) => {
      const p = make("p");
      p.append(line.name + " ", make("strong", line.text, line.over ? "bad" : ""));
      if (line.change) p.append(` ${words.change} ${line.change}`);
      if (line.over !== undefined) p.append(" ", make("span", line.over ? words.over : words.within, line.over ? "bad" : "good"));
      return p;
    }));
    for (const row of body.rows) {
      const at = Number(row.dataset.kind), group = plan.groups[at], each = after(at), code = plan.models[group.model].currency;
      row.lastElementChild.textContent = digits(amount(each * BigInt(group.takes), code), 4, Math.max(4, plan.currencies[code].decimals));
      row.classList.toggle("changed", kinds.has(at));
    }
    said.textContent = "";
  };

  // Selects for one group or line; an option that nobody sells is not taken.
  const selects = (at, changes, key, label) => OPTIONS.map((name) => {
    const group = plan.groups[at], offered = plan.models[group.model][name];
    if (offered.length < 2) return make("span", group[name] || "–");
    const select = make("select");
    select.ariaLabel = `${label}: ${name}`;
    select.dataset.option = name;
    select.append(...offered.map((value) => new Option(value, value, value === group[name], value === group[name])));
    select.addEventListener("change", () => {
      const wanted = { ...changes.get(key), [name]: select.value };
      if (price(group, chosen(group, wanted)) === undefined) {
        select.value = chosen(group, changes.get(key))[name];
        said.textContent = words.not_sold;
        return;
      }
      const differs = OPTIONS.some((option) => (wanted[option] ?? group[option]) !== group[option]);
      if (differs || changes === single) changes.set(key, wanted); else changes.delete(key);
      show();
    });
    return select;
  });

  const worth = plan.groups.map((group, at) => [before(group) * BigInt(group.takes), at]);
  worth.sort(([a, i], [b, j]) => a < b ? 1 : a > b ? -1 : i - j);
  for (const [, at] of worth.slice(0, MOST_KINDS)) {
    const group = plan.groups[at], model = plan.models[group.model].name, row = make("tr");
    row.dataset.kind = at;
    const head = make("th", model);
    head.scope = "row";
    row.append(head, make("td", group.takes, "n"));
    for (const select of selects(at, kinds, at, model)) { const cell = make("td"); cell.append(select); row.append(cell); }
    row.append(make("td", "", "n"));
    body.append(row);
  }
  const live = document.querySelector("table[data-live]");
  live.addEventListener("toggle", (event) => {
    const row = event.target.closest("tr"), line = Number(row.dataset.line), at = plan.lines[line][0];
    if (event.target.dataset.trial) return;
    event.target.dataset.trial = "1";
    const choice = make("p", words.job + " ");
    for (const select of selects(at, single, line, row.querySelector("summary").textContent)) choice.append(select, " ");
    event.target.append(choice);
  }, true);

  // The changed plan, to take away.
  const table = () => {
    const rows = [...live.tBodies[0].rows].sort((a, b) => a.dataset.line - b.dataset.line);
    const out = rows.map((row) => {
      const line = Number(row.dataset.line), [at, takes] = plan.lines[line], group = plan.groups[at], model = plan.models[group.model];
      const options = chosen(group, single.get(line) || kinds.get(at));
      const steps = price(group, options) * BigInt(takes);
      return [row.querySelector("summary").textContent, model.provider, model.name, options.seconds || "", options.quality || "", options.sound || "", takes,
        digits(amount(steps, model.currency), 0, plan.currencies[model.currency].decimals).replaceAll(",", ""), model.currency];
    });
    const shown = new Map();
    for (const [at, takes] of plan.lines) shown.set(at, (shown.get(at) || 0) + takes);
    plan.groups.forEach((group, at) => {
      const takes = group.takes - (shown.get(at) || 0), model = plan.models[group.model], options = chosen(group, kinds.get(at));
      if (!takes) return;
      out.push([words.others.replace("{count}", takes), model.provider, model.name, options.seconds || "", options.quality || "", options.sound || "", takes,
        digits(amount(price(group, options) * BigInt(takes), model.currency), 0, plan.currencies[model.currency].decimals).replaceAll(",", ""), model.currency]);
    });
    return out;
  };
  const NAMES = ["job_id", "provider", "model", "duration", "quality", "sound", "takes", "cost", "currency"];
  const csv = () => "\ufeff" + [NAMES, ...table()].map((row) => row.map((value) => {
    let text = String(value);
    if (/^'*[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",") + "\r\n").join("");
  const markdown = () => {
    const inert = (text) => String(text).replace(/[\\`*_[\]<>|@$#~&]/g, "\\$&");
    const lines = results().map((line) => `- ${inert(line.name)}: **${inert(line.text)}**${line.change ? ` (${inert(line.change)})` : ""}`);
    const changed = [...body.rows].filter((row) => kinds.has(Number(row.dataset.kind))).map((row) => {
      const at = Number(row.dataset.kind), group = plan.groups[at], show = (o) => OPTIONS.map((n) => o[n]).filter(Boolean).join(" · ");
      return `- ${inert(plan.models[group.model].name)}: ${show(group)} → ${show(chosen(group, kinds.get(at)))}`;
    });
    return ["# " + inert(document.querySelector("h1").textContent), "", ...lines, "", ...changed, ""].join("\n");
  };
  const actions = {
    reset() {
      kinds.clear(); single.clear();
      for (const select of document.querySelectorAll("select[data-option]")) {
        for (const option of select.options) if (option.defaultSelected) select.value = option.value;
      }
      show();
    },
    async copy() {
      const text = markdown();
      try { await navigator.clipboard.writeText(text); } catch {
        const area = make("textarea", text);
        panel.append(area); area.select(); document.execCommand("copy"); area.remove();
      }
      said.textContent = words.copied;
    },
    download() {
      const link = make("a");
      link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
      link.download = "plan.csv";
      link.click();
      URL.revokeObjectURL(link.href);
    },
  };
  for (const button of panel.querySelectorAll("[data-do]")) button.addEventListener("click", actions[button.dataset.do]);
  window.klingCostPlan = { results, csv, markdown };
  show();
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.closest(".letter").querySelector("pre");
    try { await navigator.clipboard.writeText(text.textContent); } catch {
      getSelection().selectAllChildren(text); document.execCommand("copy");
    }
    button.nextElementSibling.textContent = button.nextElementSibling.dataset.said;
  });
}
