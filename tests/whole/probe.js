"use strict";
// What a reader would do: sort, filter, follow links; and what a screen reader relies on.
const told = { wrong: [], groups: [], sorted: {} };
const all = (what, within) => Array.from((within || document).querySelectorAll(what));
const check = (good, what) => { if (!good) told.wrong.push(what); };

// Every chart, table, field and heading can be told without eyes.
const ids = all("[id]").map((e) => e.id);
check(new Set(ids).size === ids.length, "an id is there twice");
for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
  for (const e of all("[" + attribute + "]")) {
    check(document.getElementById(e.getAttribute(attribute)), attribute + " leads nowhere: " + e.outerHTML.slice(0, 80));
  }
}
for (const link of all("a[href]")) {
  const to = link.getAttribute("href");
  check(to.startsWith("#") && document.getElementById(to.slice(1)), "a link leads nowhere: " + to);
}
let level = 0;
for (const heading of all("h1,h2,h3,h4")) {
  const next = Number(heading.tagName[1]);
  check(next <= level + 1, "a level of headings is left out at: " + heading.textContent);
  check(heading.textContent.trim() !== "", "an empty heading");
  level = next;
}
for (const [what, count] of [["h1", 1], ["header", 1], ["nav", 1], ["main", 1], ["footer", 1]]) {
  check(all(what).length === count, "not one " + what);
}
check(document.documentElement.lang === "en", "no language");
for (const table of all("table")) {
  check(table.caption && table.caption.textContent.trim(), "a table without a caption");
  for (const th of all("th", table)) check(th.scope === "col" || th.scope === "row", "a th without a scope");
  for (const row of table.tBodies[0].rows) {
    check(row.cells.length === table.tHead.rows[0].cells.length, "a row is longer or shorter: " + row.textContent.slice(0, 60));
  }
}
for (const svg of all("svg")) {
  check(svg.getAttribute("role") === "img", "a chart without a role");
  check(svg.querySelector("title") && svg.querySelector("title").textContent, "a chart without a title");
  check(svg.querySelector("desc"), "a chart without a description");
}
for (const field of all("input")) check(field.labels.length === 1, "a field without a label");
const first = all("a[href],button,input,[tabindex='0']")[0];
check(first && first.classList.contains("skip"), "the first stop is not the way past the head");
check(all("section.answer").length === 1 && document.querySelector("main > section").classList.contains("answer"), "the answer is not first");

// Sorting: by number down then up, by word, what is missing last; and back by keyboard.
for (const grid of all(".grid")) {
  const heads = all("thead th", grid);
  const before = all("tbody tr", grid).length;
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    for (let time = 0; time < 2; time += 1) {
      button.focus();
      button.click();
      const way = head.getAttribute("aria-sort");
      check(way === "ascending" || way === "descending", "no aria-sort after a click");
      check(all("[aria-sort]", grid).length === 1, "two columns say that they are sorted");
      if (!head.classList.contains("n")) continue;
      const keys = all("tbody tr", grid).map((row) => row.cells[column].dataset.v);
      const known = keys.filter((v) => v !== undefined).map(Number);
      check(keys.slice(0, known.length).every((v) => v !== undefined), "what is missing is not last in " + grid.id);
      const good = known.every((v, i) => i === 0 || (way === "ascending" ? known[i - 1] <= v : known[i - 1] >= v));
      check(good && known.every((v) => !Number.isNaN(v)), grid.id + " is not " + way + " by " + head.textContent);
    }
  });
  check(all("tbody tr", grid).length === before, "sorting lost a row of " + grid.id);
  told.sorted[grid.id] = before;
}

// Filtering: only rows with the words stay, and it is said how many.
for (const grid of all(".grid")) {
  const field = grid.querySelector("input");
  if (!field) continue;
  const rows = all("tbody tr", grid);
  const word = rows[rows.length - 1].cells[0].textContent.trim().toUpperCase();
  const type = (text) => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })); };
  type(word);
  const shown = rows.filter((row) => !row.hidden);
  check(shown.length > 0 && shown.every((row) => word.split(/\s+/).every((w) => row.textContent.toUpperCase().includes(w))), "filtering " + grid.id);
  check(grid.querySelector(".shown").textContent === shown.length + " of " + rows.length + " rows", "it is not said how many are left");
  type("there is no such row");
  check(rows.every((row) => row.hidden), "rows stay that should not in " + grid.id);
  type("");
  check(rows.every((row) => !row.hidden), "rows stay away in " + grid.id);
}

// The page stays within the screen; only boxes with a scroll bar of their own are wider.
check(document.documentElement.scrollWidth <= innerWidth, "the page is " + document.documentElement.scrollWidth + " wide on " + innerWidth);

told.groups = all("#groups tbody th").map((e) => e.textContent);
told.scripts = all("script").length;
told.images = all("img,iframe,object,embed,link,video,audio").length;
told.charts = all("svg").length;
told.heading = document.querySelector("h1").textContent;
told.verdicts = all(".verdicts li").map((e) => e.className + ": " + e.textContent);

addEventListener("load", () => document.fonts.ready.then(() => {
  told.font = Array.from(document.fonts).filter((f) => f.status === "loaded").length;
  told.loaded = performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith("data:"));
  told.errors = seen.errors.slice();
  told.blocked = seen.blocked.slice();
  // A control: what would load something is seen, and kept from it.
  const control = document.createElement("img");
  control.src = "https://control.invalid/x.png";
  document.body.append(control);
  const tell = () => {
    if (document.getElementById("told")) return;
    told.control = seen.blocked.slice(told.blocked.length);
    const bytes = new TextEncoder().encode(JSON.stringify(told));
    const pre = document.createElement("pre");
    pre.id = "told";
    pre.textContent = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
    document.body.append(pre);
  };
  addEventListener("securitypolicyviolation", tell);
  setTimeout(tell, 5000);
}));
