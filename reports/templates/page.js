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
    select.ariaLabel = `${box.labels[0].textContent.trim()}: ${head.textContent}`;
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
        if (cell.classList.contains("n")) return Number(cell.textContent.replaceAll(",", ""));
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
  const OPTIONS = [...plan.options.map(([key]) => key), "seconds"];
  const template = document.getElementById("what-if-panel");
  template.replaceWith(template.content);
  const panel = document.querySelector(".what-if");
  const body = panel.querySelector("tbody"), outcome = panel.querySelector(".outcome"), notice = panel.querySelector("output");
  const kinds = new Map(), single = new Map(), controls = [];
  const suggested = [...panel.querySelectorAll("[data-suggestion]")].map((button) => [button, plan.suggestions[button.dataset.suggestion]]);

  for (const group of plan.groups) group.each = group.takes / group.jobs;
  const chosen = (group, change) => Object.fromEntries([...OPTIONS, "each"].map((name) => [name, (change && change[name]) ?? group[name]]));
  const changeOf = (at, line) => (line !== undefined && single.get(line)) || kinds.get(at);
  const price = (group, options) => {
    const text = plan.models[group.model].prices[OPTIONS.map((name) => options[name] || "").join("|")];
    return text === undefined ? undefined : BigInt(text);
  };
  const after = (at, line) => chosen(plan.groups[at], changeOf(at, line));
  const cost = (at, options) => price(plan.groups[at], options) * BigInt(options.each);

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
  const times = ([a, b], [c, d]) => reduced([a * c, b * d]);
  const dollars = (steps, code) => {
    const [n, d] = rational(plan.currencies[code].per_usd);
    return times(amount(steps, code), [d, n]);
  };
  const currency = (at) => plan.models[plan.groups[at].model].currency;
  const isKnown = (code) => code === plan.money.code || (plan.money.per_usd !== null && plan.currencies[code].per_usd !== null);
  const inMoney = (steps, code) => code === plan.money.code ? amount(steps, code) : times(dollars(steps, code), rational(plan.money.per_usd));
  const isAllMoney = plan.groups.every((_, at) => isKnown(currency(at)));

  const sums = (options, source) => {
    const found = {};
    const add = (at, jobs, each) => {
      if (source !== null && plan.groups[at].source !== source) return;
      found[currency(at)] = (found[currency(at)] || 0n) + each * BigInt(jobs);
    };
    const apart = new Map();
    for (const line of single.keys()) {
      const at = plan.lines[line][0];
      apart.set(at, (apart.get(at) || 0) + 1);
      add(at, 1, cost(at, options(at, line)));
    }
    plan.groups.forEach((group, at) => add(at, group.jobs - (apart.get(at) || 0), cost(at, options(at))));
    return found;
  };
  const asPlanned = (at) => chosen(plan.groups[at]);
  const spent = (found, rate) => Object.entries(found)
    .map(([code, steps]) => rate ? times(dollars(steps, code), rate) : amount(steps, code))
    .reduce(plus, [0n, 1n]);
  const signed = (number, least, most) => (number[0] > 0n ? "+" : "") + digits(number, least, most);

  // All of it in the money that was asked for, as far as rates are known; nothing where none is.
  const total = () => {
    const whole = (found) => Object.entries(found).filter(([code]) => isKnown(code)).map(([code, steps]) => inMoney(steps, code));
    const now = whole(sums(after, null)), places = plan.money.digits;
    if (!now.length) return null;
    const [n, d] = whole(sums(asPlanned, null)).reduce(plus, [0n, 1n]), sum = now.reduce(plus, [0n, 1n]);
    const change = plus(sum, [-n, d]);
    return {
      name: words.total, text: `${isAllMoney ? "" : words.partly + " "}${digits(sum, places, places)} ${plan.money.code}`,
      change: change[0] ? signed(change, places, places) : "",
    };
  };

  const isOne = new Set(plan.groups.map((_, at) => currency(at))).size < 2;
  const results = () => {
    const planned = sums(asPlanned, null), changed = sums(after, null);
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
      const [a, b] = spent(mine, limit.converted && rational(limit.per_usd));
      const left = plus(rational(limit.limit), [-a, b]), size = [left[0] < 0n ? -left[0] : left[0], left[1]];
      const most = limit.converted ? 4 : Math.max(4, plan.currencies[limit.currency].decimals);
      const round = digits(size, limit.digits, limit.digits), fine = digits(size, 2, 12);
      const shown = limit.converted && (!left[0] || /[1-9]/.test(round)) ? round : fine;
      lines.push({ name: `${words.headroom} (${limit.name})`, text: `${digits(left, 2, most)} ${limit.currency}`, shown: `${shown} ${limit.currency}`, over: left[0] < 0n });
    }
    return lines;
  };

  // How much it hurts: of each change the rule of fewest points, or none; on lines changed apart, and on the rest.
  const points = (group, rules, name, wanted) => {
    const now = group[name], isLength = name === "seconds" || name === "each";
    const isCheaper = (price(group, { ...chosen(group), [name]: wanted }) ?? 0n) < price(group, chosen(group));
    const found = rules.filter(([change, from, to]) => change === name && (isLength ? Number(wanted) >= to && Number(wanted) < Number(now)
      : [null, now].includes(from) && (to === wanted || (to === "*" && isCheaper)))).map((rule) => rule[3]);
    return found.length ? Math.min(...found) * (isLength ? Number(now) - Number(wanted) : 1) : undefined;
  };
  const pain = () => {
    const found = { points: 0, others: 0 };
    const add = (at, number, options, jobs) => {
      const group = plan.groups[at];
      for (const name of [...OPTIONS, "each"]) {
        if (!jobs || options[name] === group[name]) continue;
        const each = points(group, plan.pains[number], name, options[name]);
        if (each === undefined) found.others += jobs; else found.points += each * jobs;
      }
    };
    const apart = new Map();
    for (const line of single.keys()) {
      const [at, , number] = plan.lines[line], key = `${at} ${number}`;
      apart.set(key, (apart.get(key) || 0) + 1);
      add(at, number, after(at, line), 1);
    }
    for (const at of kinds.keys()) {
      for (const [number, jobs] of Object.entries(plan.groups[at].pains)) add(at, number, after(at), jobs - (apart.get(`${at} ${number}`) || 0));
    }
    return found;
  };

  // What is shown: one total where there is money, what it is counted in beside it, then the limits.
  const lines = () => {
    const whole = total(), found = results();
    return whole ? [whole, ...found.filter((line) => line.over !== undefined || line.text.split(" ")[1] !== plan.money.code)
      .map((line) => line.over === undefined ? { ...line, name: "", text: line.text.split(" = ")[0] } : line)] : found;
  };
  const show = () => {
    outcome.replaceChildren(...lines().map((line) => {
      const p = make("p");
      p.append(line.name + " ", make(line.name ? "strong" : "span", line.shown || line.text, line.over ? "bad" : line.name ? "" : "dim"));
      if (line.change) p.append(` ${words.change} ${line.change}`);
      if (line.over !== undefined) p.append(" ", make("span", line.over ? words.over : words.within, line.over ? "bad" : "good"));
      return p;
    }));
    const { points: hurts, others } = pain();
    if (hurts || others) {
      const p = make("p", `${words.pain} `);
      p.append(make("strong", hurts), ` ${others ? words.without_points.replace("{count}", others) + " " : ""}`, make("span", words.pain_is, "dim"));
      outcome.append(p);
    }
    for (const [control, at, line, name] of controls) control.value = after(at, line)[name];
    for (const [button, { line, name, to }] of suggested) {
      button.setAttribute("aria-pressed", String(String(after(plan.lines[line][0], line)[name]) === to));
    }
    for (const row of body.rows) {
      const at = Number(row.dataset.kind), code = currency(at), steps = cost(at, after(at)) * BigInt(plan.groups[at].jobs);
      row.lastElementChild.textContent = isAllMoney ? digits(inMoney(steps, code), plan.money.digits, plan.money.digits)
        : digits(amount(steps, code), 4, Math.max(4, plan.currencies[code].decimals)) + (isOne ? "" : ` ${code}`);
      row.classList.toggle("changed", kinds.has(at));
    }
    notice.textContent = "";
  };

  // Controls for one group or line; an option that nobody sells is not taken.
  const heads = [...panel.querySelectorAll("thead th")].map((head) => head.textContent);
  const take = (at, changes, key, wanted) => {
    const group = plan.groups[at];
    const differs = [...OPTIONS, "each"].some((option) => (wanted[option] ?? group[option]) !== group[option]);
    if (differs || changes === single) changes.set(key, wanted); else changes.delete(key);
    show();
  };
  const takesOf = (at, changes, key, label) => {
    const group = plan.groups[at], input = make("input");
    input.type = "number"; input.min = 1; input.max = plan.most; input.step = 1; input.inputMode = "numeric";
    input.setAttribute("value", group.each);
    input.ariaLabel = `${label}: ${heads[1]}`;
    input.dataset.option = "each";
    controls.push([input, at, changes === single ? key : undefined, "each"]);
    input.addEventListener("change", () => {
      const each = Number(input.value);
      if (!Number.isInteger(each) || each < 1 || each > plan.most) {
        input.value = chosen(group, changes.get(key)).each;
        notice.textContent = words.takes_range.replace("{most}", plan.most);
        return;
      }
      take(at, changes, key, { ...changes.get(key), each });
    });
    return input;
  };
  const selects = (at, changes, key, label) => OPTIONS.map((name, place) => {
    const group = plan.groups[at], offered = plan.models[group.model][name];
    if (offered.length < 2) return make("span", group[name] || "–");
    const select = make("select");
    select.ariaLabel = `${label}: ${heads[place + 2]}`;
    select.dataset.option = name;
    controls.push([select, at, changes === single ? key : undefined, name]);
    select.append(...offered.map((value) => new Option(value, value, value === group[name], value === group[name])));
    select.addEventListener("change", () => {
      const wanted = { ...changes.get(key), [name]: select.value };
      if (price(group, chosen(group, wanted)) === undefined) {
        select.value = chosen(group, changes.get(key))[name];
        notice.textContent = words.not_sold;
        return;
      }
      take(at, changes, key, wanted);
    });
    return select;
  });

  const shots = (group) => {
    const names = group.shots.join(", "), more = group.jobs - group.shots.length;
    return more ? words.more.replace("{count}", more).replace("{names}", () => names) : names;
  };
  const worth = plan.groups.map((_, at) => [cost(at, asPlanned(at)) * BigInt(plan.groups[at].jobs), at])
    .map(([steps, at]) => [isAllMoney ? inMoney(steps, currency(at)) : amount(steps, currency(at)), at]);
  worth.sort(([[a, b], i], [[c, d], j]) => (!isAllMoney && currency(i).localeCompare(currency(j))) || (a * d < c * b ? 1 : a * d > c * b ? -1 : i - j));
  if (isAllMoney) panel.querySelector("thead th:last-child").textContent += ` (${plan.money.code})`;
  worth.slice(0, MOST_KINDS).forEach(([, at], place) => {
    const group = plan.groups[at], row = make("tr"), label = `${place + 1}. ${shots(group)}`;
    row.dataset.kind = at;
    const head = make("th", shots(group) + " ");
    head.append(make("span", plan.models[group.model].name, "dim"));
    head.scope = "row";
    const takes = make("td", group.jobs > 1 ? `${group.jobs} × ` : "");
    takes.append(takesOf(at, kinds, at, label));
    row.append(head, takes);
    for (const select of selects(at, kinds, at, label)) { const cell = make("td"); cell.append(select); row.append(cell); }
    row.append(make("td", "", "n c"));
    body.append(row);
  });
  const live = document.querySelector("table[data-live]");
  live.addEventListener("toggle", (event) => {
    const row = event.target.closest("tr"), line = Number(row.dataset.line), at = plan.lines[line][0];
    if (event.target.dataset.whatIf) return;
    event.target.dataset.whatIf = "1";
    const choice = make("p", words.job + " "), label = `${words.job} ${line + 1}. ${row.querySelector("summary").textContent}`;
    for (const part of [takesOf(at, single, line, label), ...selects(at, single, line, label)]) choice.append(part, " ");
    event.target.append(choice);
    show();
  }, true);
  for (const [button, { line, name, to }] of suggested) {
    button.addEventListener("click", () => {
      const at = plan.lines[line][0], group = plan.groups[at], wanted = { ...changeOf(at, line) };
      wanted[name] = button.ariaPressed === "true" ? group[name] : name === "each" ? Number(to) : to;
      if (price(group, chosen(group, wanted)) === undefined) { notice.textContent = words.not_sold; return; }
      const isApart = group.jobs > 1 || single.has(line), [changes, key] = isApart ? [single, line] : [kinds, at];
      const before = chosen(group, isApart && kinds.get(at)), now = chosen(group, wanted);
      if (Object.keys(before).every((option) => before[option] === now[option])) changes.delete(key); else changes.set(key, wanted);
      show();
    });
  }

  // The changed plan, to take away.
  const table = () => {
    const bare = (steps, code) => digits(amount(steps, code), 0, plan.currencies[code].decimals).replaceAll(",", "");
    const row = (name, at, options, takes, told, steps) => {
      const model = plan.models[plan.groups[at].model];
      return [name, model.provider, model.name, options.seconds || "", ...plan.options.map(([key]) => options[key] || ""), takes,
        ...told, bare(steps, model.currency), model.currency];
    };
    const nothing = plan.named.map(() => "");
    const rows = [...live.tBodies[0].rows].sort((a, b) => a.dataset.line - b.dataset.line);
    const out = rows.map((each) => {
      const line = Number(each.dataset.line), at = plan.lines[line][0], options = after(at, line);
      return row(each.querySelector("summary").textContent, at, options, options.each, plan.told[line] || nothing, cost(at, options));
    });
    const shown = new Map();
    for (const [at] of plan.lines) shown.set(at, (shown.get(at) || 0) + 1);
    plan.groups.forEach((group, at) => {
      const jobs = group.jobs - (shown.get(at) || 0), options = after(at);
      const takes = jobs * options.each;
      if (jobs) out.push(row(words.others.replace("{count}", jobs), at, options, takes, nothing, cost(at, options) * BigInt(jobs)));
    });
    return out;
  };
  const NAMES = ["job_id", "provider", "model", "duration", ...plan.options.map(([, name]) => name), "takes", ...plan.named, "cost", "currency"];
  const csv = () => "\ufeff" + [NAMES, ...table()].map((row) => row.map((value) => {
    let text = String(value);
    if (/^'*[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",") + "\r\n").join("");
  const markdown = () => {
    const inert = (text) => String(text).replace(/[\\`*_[\]<>|@$#~&]/g, "\\$&");
    const told = lines().map((line) => `- ${line.name ? inert(line.name) + ": " : ""}**${inert(line.shown || line.text)}**${line.over ? " " + inert(words.over) : ""}${line.change ? ` (${inert(line.change)})` : ""}`);
    const changed = [...body.rows].filter((row) => kinds.has(Number(row.dataset.kind))).map((row) => {
      const at = Number(row.dataset.kind), group = plan.groups[at], show = (o) => [...OPTIONS.map((n) => o[n]), `${heads[1]} ${o.each}`].filter(Boolean).join(" · ");
      return `- ${inert(shots(group))} (${inert(plan.models[group.model].name)}): ${show(asPlanned(at))} → ${show(after(at))}`;
    });
    return ["# " + inert(document.querySelector("h1").textContent), "", ...told, "", ...changed, ""].join("\n");
  };
  const actions = {
    reset() {
      kinds.clear(); single.clear();
      show();
    },
    async copy() {
      const text = markdown();
      try { await navigator.clipboard.writeText(text); } catch {
        const area = make("textarea", text);
        panel.append(area); area.select(); document.execCommand("copy"); area.remove();
      }
      notice.textContent = words.copied;
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
  window.klingCostPlan = { results, total, pain, csv, markdown };
  show();
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.closest(".letter").querySelector("pre");
    try { await navigator.clipboard.writeText(text.textContent); } catch {
      getSelection().selectAllChildren(text); document.execCommand("copy");
    }
    button.nextElementSibling.textContent = button.nextElementSibling.dataset.message;
  });
}
