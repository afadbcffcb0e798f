// What is looked at: one seed among the others, some variants of many; everywhere at once.
(() => {
  const { data, fixed, make } = page;
  if (!data) return;
  // The id of a part of a figure says which variants it shows, and of which seed.
  const marks = [...document.querySelectorAll("svg g[id*='-mark.']")].map((part) => {
    const [, variants, of] = /-mark\.([\d_]+)\.(\w+)\./.exec(part.id);
    const own = variants.split("_").map(Number);
    // A curve knows which of its variant's seeds it is, a dot the seed itself.
    const seed = of === "all" ? "all"
      : part.closest("#curves") ? data.seeds[own[0]][Number(of)] : Number(of);
    return { part, own, seed };
  });
  const tied = [...document.querySelectorAll("[data-variants]")].map((element) => ({
    element,
    own: element.dataset.variants.split(" ").map(Number),
    seed: "seed" in element.dataset ? Number(element.dataset.seed) : "all",
  }));
  let seed = "all";
  const gone = (own) => own.some((variant) => page.unwanted.has(variant));
  const other = (of) => of !== "all" && seed !== "all" && of !== seed;
  const show = () => {
    for (const { part, own, seed: of } of marks) {
      part.classList.toggle("gone", gone(own));
      part.classList.toggle("one", of === seed && of !== "all");
      part.classList.toggle("other", other(of));
    }
    for (const { element, own, seed: of } of tied) element.hidden = gone(own) || other(of);
  };
  page.listeners.push((chosen) => { seed = chosen; show(); });
  page.wants.push(show);

  // Under the dots: what the chosen seed gave.
  const number = (value) => fixed(value, data.judged.by === "accuracy" ? 2 : 4);
  const value = (variant) => data.values[`${variant}-${seed}`];
  const shown = data.variants.map((_, v) => v);
  const note = (figure, parts) => {
    const line = make("p", "of-seed");
    line.setAttribute("role", "status");
    figure.querySelector(".narrow").after(line);
    const write = () => {
      const found = seed === "all" ? [] : parts();
      line.replaceChildren(...(found.length ? [`Seed ${seed}: `, ...found, "."] : []));
    };
    page.listeners.push(write);
    page.wants.push(write);
  };
  const joined = (found) => found.flatMap((each, place) => (place ? ["; ", ...each] : each));
  const gave = () => joined(shown.filter((v) => !gone([v])).map((v) => [page.variantName(v),
    value(v) === undefined ? " no finished run" :
      ` ${number(value(v))}${data.judged.by === "accuracy" ? "\u00a0%" : ""}`]));
  const apart = (pairs) => () => joined(pairs.filter((pair) => !gone(pair)).map(([a, b]) => {
    if (value(a) === undefined || value(b) === undefined) return null;
    const up = (value(b) - value(a)) * (data.judged.by === "accuracy" ? 1 : -1);
    if (!up) return [page.variantName(b), " level with ", page.variantName(a)];
    const [best, rest] = up > 0 ? [b, a] : [a, b];
    return [page.variantName(best), " ahead of ", page.variantName(rest),
      ` by ${number(Math.abs(up))}${data.judged.unit}`];
  }).filter(Boolean));

  for (const id of ["verdict", "numbers"]) {
    const figure = document.querySelector(`#${id} .differences`);
    if (!figure) continue;
    const bar = page.bar(true);
    if (bar.children.length) figure.before(bar);
    const pairs = tied.filter(({ element }) => element.matches(".verdict")).map(({ own }) => own);
    note(figure, id === "numbers" ? gave : apart(pairs));
  }
  const legend = document.querySelector("#curves .lines");
  if (legend && document.querySelector("#curves g[id*='-mark.']")) {
    const bar = page.bar(true);
    if (bar.children.length) legend.before(bar);
  }
})();
