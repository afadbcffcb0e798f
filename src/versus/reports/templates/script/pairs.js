// Galleries: any two variants, any seed.
(() => {
  const { data, make, count } = page;
  const section = document.getElementById("pictures");
  if (!data || !data.sheet || !section) return;
  const body = section.querySelector(".body");
  const first = body.querySelector("[data-pair]");
  let [a, b] = first ? first.dataset.pair.split(" ").map(Number) : [0, 1], seed = null;
  const common = () => data.seeds[a].filter((s) => data.pairs[[Math.min(a, b), Math.max(a, b), s]
    .join("-")]);

  const counts = () => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const [both, onlyLow, onlyHigh, neither] = data.pairs[`${low}-${high}-${seed}`];
    return a < b ? [both, onlyLow, onlyHigh, neither] : [both, onlyHigh, onlyLow, neither];
  };
  const places = (rightA, rightB) => {
    const one = page.answers(a, seed), other = page.answers(b, seed), found = [];
    data.indices.forEach((_, place) => {
      const label = data.labels[place], said = [one.said(place), other.said(place)];
      if (said.includes(page.NOT_THERE)) return;
      if ((said[0] === label) !== rightA || (said[1] === label) !== rightB) return;
      const wrong = [rightA ? -1 : one.sure(place), rightB ? -1 : other.sure(place)];
      found.push([Math.max(...wrong), place]);
    });
    return found.sort((x, y) => y[0] - x[0] || x[1] - y[1]).map((each) => each[1]);
  };
  const number = (value, ...what) =>
    make("div", "", make("dt", "", ...what), make("dd", "", count(value)));
  const kinds = () => [
    [["Only ", page.variantName(a), " is right"], true, false],
    [["Only ", page.variantName(b), " is right"], false, true],
    [["Both are wrong"], false, false],
  ];
  const show = () => {
    const [both, onlyA, onlyB, neither] = counts();
    const list = make("dl", "counts", number(both, "both right"),
      number(onlyA, "only ", page.variantName(a), " right"),
      number(onlyB, "only ", page.variantName(b), " right"), number(neither, "both wrong"));
    const parts = kinds().flatMap(([title, rightA, rightB], kind) => {
      const found = places(rightA, rightB), all = [onlyA, onlyB, neither][kind];
      const note = !all ? "none" : found.length < all
        ? `${count(found.length)} of ${count(all)} were kept` : count(all);
      return [make("h4", "", ...title, make("small", "", note)),
        ...(found.length ? page.tiles(found, [a, b], seed, 24) : [])];
    });
    gallery.replaceChildren(list, ...parts);
  };
  const update = () => {
    if (a === b || !common().length) {
      gallery.replaceChildren(make("p", "quiet", "Choose two variants that share a seed."));
      return;
    }
    if (!common().includes(seed)) [seed] = common();
    heading.hidden = false;
    heading.replaceChildren(page.variantName(a), " and ", page.variantName(b),
      make("small", "", `seed ${seed}, ${data.split} pictures`));
    for (const element of body.querySelectorAll(".fixed")) element.remove();
    show();
  };

  const heading = make("h3"), gallery = make("div", "gallery"), bar = make("div", "bar");
  heading.hidden = true;
  const names = data.variants.map((name, place) => [String(place), name]);
  if (data.variants.length > 2) {
    bar.append(page.choice("First", names, String(a), (v) => { a = Number(v); update(); }).element,
      page.choice("Second", names, String(b), (v) => { b = Number(v); update(); }).element);
  }
  if (page.seeds.length > 1) bar.append(page.seedChoice(false));
  if (!bar.children.length) return;
  body.prepend(bar);
  bar.after(heading, gallery);
  page.listeners.push((chosen) => { if (chosen !== "all") { seed = chosen; update(); } });
})();
