// Confusion: one seed or all; each cell shows the pictures behind it.
(() => {
  const { data, make, count, fixed, plural } = page;
  const section = document.getElementById("confusion");
  if (!data || !section) return;
  const tables = [...section.querySelectorAll("table.matrix")];
  const k = data.classes.length;
  let seed = "all", open = null;

  const matrix = (variant) => {
    const sum = new Array(k * k).fill(0);
    const seeds = data.seeds[variant].filter((s) => seed === "all" || s === seed);
    const found = seeds.map((s) => data.confusions[`${variant}-${s}`]).filter(Boolean);
    for (const one of found) one.forEach((n, place) => { sum[place] += n; });
    return { sum, runs: found.length };
  };
  const rowOf = (sum, truth) => sum.slice(truth * k, (truth + 1) * k);
  const total = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const inWords = (sum) => {
    const errors = [];
    sum.forEach((n, place) => {
      const [truth, said] = [Math.floor(place / k), place % k];
      if (n && truth !== said) errors.push([n, truth, said]);
    });
    if (!errors.length) return "No error at all.";
    const worst = errors.sort((a, b) => b[0] - a[0]).slice(0, 3).map(([n, truth, said]) =>
      `${data.classes[truth]} taken for ${data.classes[said]} (${count(n)})`);
    return `${plural(total(errors.map((e) => e[0])), "error")} in ${count(total(sum))} ` +
      `predictions. Most often: ${worst.join("; ")}.`;
  };
  const fill = () => {
    const all = tables.map((table) => matrix(Number(table.dataset.variant)));
    const share = (sum, truth, said) => sum[truth * k + said] / (total(rowOf(sum, truth)) || 1);
    const most = Math.max(...all.flatMap(({ sum }) => sum.map((n, place) => {
      const [truth, said] = [Math.floor(place / k), place % k];
      return truth === said ? 0 : share(sum, truth, said);
    }))) || 1;
    tables.forEach((table, number) => {
      const { sum, runs } = all[number];
      [...table.tBodies[0].rows].forEach((row, truth) => {
        for (let said = 0; said < k; said += 1) {
          const n = sum[truth * k + said], button = row.cells[said + 1].firstChild;
          button.textContent = n ? count(n).replaceAll(",", "") : "";
          button.disabled = !n;
          button.setAttribute("aria-label",
            `${data.classes[truth]} told as ${data.classes[said]}: ${plural(n, "time")}`);
          if (truth !== said) {
            row.cells[said + 1].style.setProperty("--ink-share",
              n ? Math.sqrt(share(sum, truth, said) / most).toFixed(3) : -0.2);
          }
        }
        const recall = 100 * share(sum, truth, truth);
        row.cells[k + 1].textContent = total(rowOf(sum, truth)) ? fixed(recall, 1) : "";
      });
      const figure = table.closest("figure");
      figure.querySelector("h3 small").textContent =
        seed === "all" ? `${plural(runs, "seed")}${runs > 1 ? ", summed" : ""}`
          : runs ? `seed ${seed}` : `no run of seed ${seed}`;
      figure.querySelector("figcaption").textContent = runs ? inWords(sum) : "";
    });
    if (open) show(...open);
  };

  const panel = make("div", "behind");
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-live", "polite");
  panel.setAttribute("aria-label", "Pictures behind a cell");
  panel.hidden = true;
  // Beside the variant itself, a few others: more would hide the pictures.
  const wanted = (variant) => {
    const others = data.variants.map((_, v) => v)
      .filter((v) => v !== variant && !page.unwanted.has(v));
    return [variant, ...others.slice(0, 5)].sort((a, b) => a - b);
  };
  const show = (variant, truth, said) => {
    open = [variant, truth, said];
    const times = matrix(variant).sum[truth * k + said];
    const seeds = data.seeds[variant].filter((s) => seed === "all" || s === seed);
    const found = [];
    (data.indices || []).forEach((_, place) => {
      if (data.labels[place] !== truth) return;
      const sure = Math.max(-1, ...seeds.map((s) => {
        if (!data.answers[`${variant}-${s}`]) return -1; // left out of this copy of the study
        const run = page.answers(variant, s);
        return run.said(place) === said ? run.sure(place) : -1;
      }));
      if (sure >= 0) found.push([sure, place]);
    });
    found.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    const places = found.map((each) => each[1]);
    const right = truth === said;
    const heading = make("h4", "", page.variantName(variant),
      right ? `: ${data.classes[truth]}, told right` :
        `: ${data.classes[truth]} taken for ${data.classes[said]}`,
      make("small", "", `${plural(times, "time")}${seed === "all" ? " over all seeds" : ""}, ` +
        (right ? `${plural(places.length, "picture")} of them that another run got wrong`
          : `${plural(places.length, "picture")} here`) + ", the surest answer first"));
    const close = make("button", "close", "Close");
    close.type = "button";
    close.addEventListener("click", () => {
      open = null; panel.hidden = true; mark();
      const own = tables.find((table) => Number(table.dataset.variant) === variant);
      own.tBodies[0].rows[truth].cells[said + 1].firstChild.focus();
    });
    const content = places.length
      ? page.tiles(places, wanted(variant), seed, 24)
      : [make("p", "quiet", "None of these pictures was kept with the study.")];
    panel.replaceChildren(close, heading, ...content);
    panel.hidden = false;
    mark();
  };
  const mark = () => {
    for (const button of section.querySelectorAll(".matrix [aria-pressed=true]")) {
      button.setAttribute("aria-pressed", "false");
    }
    if (!open) return;
    const table = tables.find((each) => Number(each.dataset.variant) === open[0]);
    table.tBodies[0].rows[open[1]].cells[open[2] + 1].firstChild
      .setAttribute("aria-pressed", "true");
  };

  // One cell of a matrix is in the tab order; arrows go from cell to cell.
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  for (const table of tables) {
    const variant = Number(table.dataset.variant), rows = [...table.tBodies[0].rows];
    const at = (truth, said) => rows[truth].cells[said + 1].firstChild;
    rows.forEach((row, truth) => {
      for (let said = 0; said < k; said += 1) {
        const button = make("button");
        button.type = "button";
        button.tabIndex = truth || said ? -1 : 0;
        button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => show(variant, truth, said));
        button.addEventListener("keydown", (event) => {
          const step = arrows[event.key];
          if (!step) return;
          event.preventDefault();
          let [r, c] = [truth + step[0], said + step[1]];
          while (r >= 0 && r < k && c >= 0 && c < k && at(r, c).disabled) {
            r += step[0]; c += step[1];
          }
          if (r < 0 || r >= k || c < 0 || c >= k) return;
          button.tabIndex = -1;
          at(r, c).tabIndex = 0;
          at(r, c).focus();
        });
        row.cells[said + 1].replaceChildren(button);
      }
    });
  }
  if (!tables.length) return;
  const bar = page.bar(true);
  bar.append(make("p", "quiet", "Choose a cell to see the pictures behind it."));
  section.querySelector(".matrices").before(bar);
  section.querySelector(".matrices").after(panel);
  page.listeners.push((chosen) => { seed = chosen; fill(); });
  page.wants.push(() => { if (open) show(...open); });
  fill();
})();
