"use strict";
// Sorting and filtering of tables. Without it the page says the same.
for (const grid of document.querySelectorAll(".grid")) {
  const body = grid.querySelector("tbody");
  const heads = Array.from(grid.querySelectorAll("thead th"));
  const written = Array.from(body.rows);
  const order = new Intl.Collator("en", { numeric: true });

  const sort = (column, down) => {
    const numeric = heads[column].classList.contains("n");
    const keys = new Map(written.map((row) => {
      const cell = row.cells[column];
      return [row, numeric ? (cell.dataset.v === undefined ? null : Number(cell.dataset.v)) : cell.textContent.trim()];
    }));
    const missing = (key) => key === null || key === "" || key === "–";
    const rows = written.slice().sort((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      // What is missing stays at the end, whichever way.
      if (missing(x) || missing(y)) return missing(x) - missing(y);
      const way = numeric ? x - y : order.compare(x, y);
      return down ? -way : way;
    });
    body.append(...rows);
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    // Browsers repeat a head on every page of paper only if it holds no buttons.
    addEventListener("beforeprint", () => head.replaceChildren(...button.childNodes));
    addEventListener("afterprint", () => {
      button.append(...head.childNodes);
      head.append(button);
    });
    button.addEventListener("click", () => {
      const sorted = head.getAttribute("aria-sort");
      // Of numbers the largest is looked for first, of words the first letter.
      sort(column, sorted === null ? head.classList.contains("n") : sorted === "ascending");
    });
  });

  const tools = grid.querySelector(".tools");
  if (tools) {
    const field = tools.querySelector("input");
    const shown = tools.querySelector(".shown");
    const texts = new Map(written.map((row) => [row, row.textContent.toLowerCase()]));
    const filter = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const row of written) {
        row.hidden = !words.every((word) => texts.get(row).includes(word));
        if (!row.hidden) count += 1;
      }
      shown.textContent = count + " of " + written.length + " rows";
    };
    field.addEventListener("input", filter);
    tools.hidden = false;
    filter();
  }
}
