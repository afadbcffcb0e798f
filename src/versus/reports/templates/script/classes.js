// Class by class, of one seed: the same numbers as Python's, from the same matrices.
(() => {
  const { data, fixed } = page;
  const section = document.getElementById("classes");
  if (!data || !section || !Object.keys(data.confusions).length || page.seeds.length < 2) return;
  const k = data.classes.length;
  // Variants may stand in several tables; a class has a row in each, and one best of them all.
  const tables = [...section.querySelectorAll("table.classes")].map((table) => ({
    heads: [...table.tHead.rows[0].cells].slice(2).map((th) => Number(th.dataset.variants)),
    rows: [...table.tBodies[0].rows].map((row) => [...row.cells].slice(2)),
  }));
  const classes = [...section.querySelector("table.classes").tBodies[0].rows]
    .map((row) => Number(row.dataset.class));
  const spoken = section.querySelector(".spoken");
  const before = tables.map(({ rows }) => rows.map((cells) => cells.map((cell) =>
    [cell.textContent, cell.classList.contains("best")])));
  const share = (part, whole) => (whole ? `${fixed(100 * part / whole, 1)}\u00a0%` : "\u2013");
  const scores = (matrix, own) => {
    if (!matrix) return { recall: "\u2013", precision: "\u2013", f1: NaN };
    let [truly, said] = [0, 0];
    for (let other = 0; other < k; other += 1) {
      truly += matrix[own * k + other];
      said += matrix[other * k + own];
    }
    const hit = matrix[own * k + own];
    const f1 = truly ? 2 * hit / (truly + said) : NaN;
    return { recall: share(hit, truly), precision: share(hit, said), f1 };
  };
  const restore = () => tables.forEach(({ rows }, table) => rows.forEach((cells, place) => {
    cells.forEach((cell, n) => {
      const [text, best] = before[table][place][n];
      cell.textContent = text;
      cell.classList.toggle("best", best);
    });
  }));
  const fill = (seed) => {
    spoken.hidden = seed !== "all";
    if (seed === "all") {
      restore();
      return;
    }
    classes.forEach((own, place) => {
      const all = tables.map(({ heads }) => heads.map((v) =>
        scores(data.confusions[`${v}-${seed}`], own)));
      const found = all.flat().map(({ f1 }) => f1).filter((f1) => !Number.isNaN(f1));
      const best = found.length > 1 && new Set(found).size > 1 ? Math.max(...found) : null;
      tables.forEach(({ rows }, table) => all[table].forEach(({ recall, precision, f1 }, n) => {
        const cells = rows[place].slice(3 * n, 3 * n + 3);
        [recall, precision, Number.isNaN(f1) ? "\u2013" : fixed(f1, 3)].forEach((text, part) => {
          cells[part].textContent = text;
        });
        cells[2].classList.toggle("best", f1 === best);
      }));
    });
  };
  section.querySelector(".body").prepend(page.bar(true));
  page.listeners.push(fill);
})();
