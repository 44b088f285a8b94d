"use strict";
for (const table of document.querySelectorAll("table[data-live]")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const box = document.querySelector(`input[data-for="${table.id}"]`);
  const count = document.querySelector(`output[data-count="${table.id}"]`);
  const tell = () => { count.textContent = `${rows.filter((row) => !row.hidden).length} / ${rows.length}`; };
  box.closest("p").hidden = false;
  box.addEventListener("input", () => {
    const wanted = box.value.toLowerCase();
    rows.forEach((row, at) => { row.hidden = !texts[at].includes(wanted); });
    tell();
  });
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.ariaSort === "ascending";
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.ariaSort = down ? "descending" : "ascending";
      const key = (row) => {
        const cell = row.cells[head.cellIndex];
        return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
      };
      const keys = new Map(rows.map((row, at) => [row, [key(row), at]]));
      const sign = down ? -1 : 1;
      body.append(...[...rows].sort((one, other) => {
        const [a, i] = keys.get(one), [b, j] = keys.get(other);
        return a < b ? -sign : a > b ? sign : i - j;
      }));
    });
  }
  tell();
}
