// Pictures cut from the sheet, and what the runs said of them. Names only ever become text.
const page = (() => {
  const source = document.getElementById("exploration");
  const data = source ? JSON.parse(source.textContent) : null;
  const sheet = new Image();
  const waiting = [];
  const NOT_THERE = 65535, SURE = 65534;

  const make = (tag, name, ...children) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children);
    return element;
  };
  const count = (number) => number.toLocaleString("en");
  const plural = (number, one) => `${count(number)} ${one}${number === 1 ? "" : "s"}`;
  const percent = (p) => (p >= 0.995 && p < 1 ? ">99\u00a0%" : `${Math.round(100 * p)}\u00a0%`);
  // As Python rounds: what lies exactly between goes to the even digit.
  const fixed = (number, places) => {
    const tie = number * 2 ** (places + 1);
    if (!Number.isInteger(tie) || tie % 2 === 0) return number.toFixed(places);
    const below = Math.floor(number * 10 ** places);
    return ((below + (below % 2 ? 1 : 0)) / 10 ** places).toFixed(places);
  };
  const slot = (variant) => `v${variant % 7}`;

  const unpacked = new Map();
  const answers = (variant, seed) => {
    const key = `${variant}-${seed}`;
    if (!unpacked.has(key)) {
      const bytes = Uint8Array.from(atob(data.answers[key]), (c) => c.charCodeAt(0));
      const view = new DataView(bytes.buffer), n = data.indices.length;
      unpacked.set(key, {
        said: (place) => view.getUint16(2 * place, true),
        sure: (place) => view.getUint16(2 * (n + place), true) / SURE,
      });
    }
    return unpacked.get(key);
  };
  // What a variant said of a picture: of one seed, or of all of them the most frequent answer.
  const verdictOf = (variant, seed, place) => {
    const seeds = seed === "all" ? data.seeds[variant] : [seed];
    const votes = new Map();
    let runs = 0;
    for (const each of seeds) {
      if (!data.answers[`${variant}-${each}`]) continue;
      const run = answers(variant, each), said = run.said(place);
      if (said === NOT_THERE) continue;
      runs += 1;
      const vote = votes.get(said) || { said, times: 0, sure: 0 };
      vote.times += 1;
      vote.sure = Math.max(vote.sure, run.sure(place));
      votes.set(said, vote);
    }
    const best = [...votes.values()].sort((a, b) => b.times - a.times || b.sure - a.sure)[0];
    return best && { ...best, runs, right: best.said === data.labels[place] };
  };

  const draw = (canvas, place) => {
    const [width, height] = data.sheet.size;
    const column = place % data.sheet.columns, row = Math.floor(place / data.sheet.columns);
    canvas.getContext("2d").drawImage(
      sheet, column * width, row * height, width, height, 0, 0, width, height);
  };
  const picture = (place) => {
    const canvas = make("canvas", "picture");
    [canvas.width, canvas.height] = data.sheet.size;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label",
      `Picture ${data.indices[place]}, truly ${data.classes[data.labels[place]]}`);
    canvas.dataset.index = data.indices[place];
    if (sheet.complete && sheet.naturalWidth) draw(canvas, place);
    else waiting.push([canvas, place]);
    return canvas;
  };
  const tile = (place, variants, seed) => {
    const truth = make("p", "truth", data.classes[data.labels[place]]);
    truth.title = `picture ${data.indices[place]}`;
    const item = make("li", "", picture(place), truth);
    for (const variant of variants) {
      const found = verdictOf(variant, seed, place);
      if (!found) continue;
      const hidden = make("span", "hidden",
        `${data.variants[variant]}, ${found.right ? "right" : "wrong"}: `);
      const how = seed === "all" && found.runs > 1
        ? `${found.times} of ${found.runs}` : percent(found.sure);
      item.append(make("p", `said ${slot(variant)} ${found.right ? "is-right" : "is-wrong"}`,
        hidden, make("b", "", data.classes[found.said]), " ", make("span", "", how)));
    }
    return item;
  };
  const tiles = (places, variants, seed, most) => {
    const wordy = Math.max(...data.classes.map((name) => name.length)) > 3;
    const list = make("ul", `tiles${wordy || seed === "all" ? " wordy" : ""}`);
    const add = (from, to) => {
      list.append(...places.slice(from, to).map((place) => tile(place, variants, seed)));
    };
    add(0, most);
    if (places.length <= most) return [list];
    const more = make("button", "more", `Show all ${count(places.length)}`);
    more.type = "button";
    more.addEventListener("click", () => { add(most); more.remove(); });
    return [list, more];
  };
  const variantName = (variant) => make("span", `variant ${slot(variant)}`, data.variants[variant]);
  const choice = (label, options, chosen, change) => {
    const select = make("select");
    for (const [value, text] of options) {
      const option = make("option", "", text);
      option.value = value;
      select.append(option);
    }
    select.value = chosen;
    select.addEventListener("change", () => change(select.value));
    return { element: make("label", "choice", `${label} `, select), select };
  };
  if (data && data.sheet) {
    sheet.addEventListener("load", () => waiting.splice(0).forEach((each) => draw(...each)));
    sheet.src = data.sheet.uri;
  }
  // One seed is looked at everywhere at once.
  const listeners = [];
  const seeds = data ? [...new Set(data.seeds.flat())].sort((a, b) => a - b) : [];
  const chooseSeed = (seed) => listeners.forEach((listener) => listener(seed));
  const seedChoice = (all) => {
    const options = seeds.map((seed) => [String(seed), String(seed)]);
    if (all) options.unshift(["all", "all"]);
    const made = choice("Seed", options, options[0][0], (value) => {
      chooseSeed(value === "all" ? "all" : Number(value));
    });
    listeners.push((seed) => { if (all || seed !== "all") made.select.value = String(seed); });
    return made.element;
  };
  // Variants that nobody wants to see just now; each list of them is the same list.
  const unwanted = new Set(), wants = [];
  const variantChoice = () => {
    const summary = make("summary", "", "Variants: all"), list = make("ul");
    const boxes = data.variants.map((_, variant) => {
      const box = make("input");
      box.type = "checkbox";
      box.addEventListener("change", () => {
        if (box.checked) unwanted.delete(variant); else unwanted.add(variant);
        wants.forEach((listener) => listener());
      });
      list.append(make("li", "", make("label", "", box, variantName(variant))));
      return box;
    });
    const every = (wanted) => {
      const button = make("button", "", wanted ? "All" : "None");
      button.type = "button";
      button.addEventListener("click", () => {
        unwanted.clear();
        if (!wanted) data.variants.forEach((_, variant) => unwanted.add(variant));
        wants.forEach((listener) => listener());
      });
      return button;
    };
    const panel = make("div", "panel", make("p", "", every(true), " ", every(false)), list);
    const picker = make("details", "picker", summary, panel);
    const show = () => {
      boxes.forEach((box, variant) => { box.checked = !unwanted.has(variant); });
      const left = boxes.length - unwanted.size;
      summary.textContent = unwanted.size
        ? `Variants: ${left} of ${boxes.length}` : "Variants: all";
    };
    picker.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { picker.open = false; summary.focus(); }
    });
    document.addEventListener("click", (event) => {
      if (!picker.contains(event.target)) picker.open = false;
    });
    wants.push(show);
    show();
    return picker;
  };
  // What can be chosen above a part of the page; empty where there is no choice.
  const bar = (all) => {
    const made = make("div", "bar");
    if (seeds.length > 1) made.append(seedChoice(all));
    if (data.variants.length > 2) made.append(variantChoice());
    return made;
  };
  return { data, make, count, fixed, plural, percent, answers, tiles, variantName, choice, seeds,
    seedChoice, listeners, bar, unwanted, wants, NOT_THERE };
})();
