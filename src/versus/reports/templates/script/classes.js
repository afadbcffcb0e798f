// Class by class, of one seed: the same numbers as Python's, from the same matrices.
(() => {
  const { data, fixed } = page;
  const section = document.getElementById("classes");
  if (!data || !section || !Object.keys(data.confusions).length || page.seeds.length < 2) return;
  const k = data.classes.length, table = section.querySelector("table.classes");
  const heads = [...table.tHead.rows[0].cells].slice(2).map((th) => Number(th.dataset.variants));
  const spoken = section.querySelector(".spoken");
  const before = [...table.tBodies[0].rows].map((row) => [...row.cells].slice(2).map((cell) =>
    [cell.textContent, cell.classList.contains("best")]));
  const share = (part, whole) => (whole ? `${fixed(100 * part / whole, 1)}\u00a0%` : "\u2013");
  const scores = (matrix, own) => {
    if (!matrix) return { recall: "\u2013", precision: "\u2013", f1: NaN };
    let [truly, said] = [0, 0];
    for (let other = 0; other < k; other += 1) {
      truly += matrix[own * k + other];
      said += matrix[other * k + own];
    }
    const hit = matrix[own * k + own];
    return { recall: share(hit, truly), precision: share(hit, said), f1: 2 * hit / (truly + said) };
  };
  const fill = (seed) => {
    spoken.hidden = seed !== "all";
    [...table.tBodies[0].rows].forEach((row, place) => {
      const cells = [...row.cells].slice(2);
      if (seed === "all") {
        cells.forEach((cell, n) => {
          [cell.textContent] = before[place][n];
          cell.classList.toggle("best", before[place][n][1]);
        });
        return;
      }
      const all = heads.map((v) =>
        scores(data.confusions[`${v}-${seed}`], Number(row.dataset.class)));
      const found = all.map(({ f1 }) => f1).filter((f1) => !Number.isNaN(f1));
      const best = found.length > 1 && new Set(found).size > 1 ? Math.max(...found) : null;
      all.forEach(({ recall, precision, f1 }, n) => {
        const own = cells.slice(3 * n, 3 * n + 3);
        [recall, precision, Number.isNaN(f1) ? "\u2013" : fixed(f1, 3)].forEach((text, part) => {
          own[part].textContent = text;
        });
        own[2].classList.toggle("best", f1 === best);
      });
    });
  };
  section.querySelector(".body").prepend(page.bar(true));
  page.listeners.push(fill);
})();
