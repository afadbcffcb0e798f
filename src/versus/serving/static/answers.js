// The models' answers, side by side. Names come from outside: they are only ever set as text.

const MOST_BARS = 10;

function element(kind, className = "", text = "") {
  const made = document.createElement(kind);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

const percent = (value) =>
  value >= 0.9995 ? "100 %" : value < 0.0005 ? "0 %" : `${(value * 100).toFixed(1)} %`;

export class Answers {
  constructor(models) {
    this.cards = document.getElementById("cards");
    this.verdict = document.getElementById("verdict");
    this.spoken = document.getElementById("spoken");
    this.byName = new Map(models.map((model) => [model.name, this.card(model)]));
    this.clear();
  }

  card(model) {
    const card = element("article", "card"), title = element("h3", "", model.name);
    const time = element("small");
    title.append(time);
    const seen = element("img");
    seen.width = seen.height = 84;
    const figure = element("figure");
    figure.append(seen, element("figcaption", "", "what it saw"));
    const best = element("p", "best"), sure = element("p", "sure"), words = element("div");
    words.append(best, sure);
    const said = element("div", "said");
    said.append(figure, words);
    const bars = element("ol", "bars"), notes = element("p", "notes");
    const long = Math.max(...model.classes.map((name) => name.length)) > 3;
    bars.classList.toggle("wide", long);
    best.classList.toggle("long", long);
    card.append(title, said, bars, notes);
    this.cards.append(card);
    return { model, card, time, seen, best, sure, bars, notes, rows: [] };
  }

  clear() {
    this.verdict.textContent = "";
    this.verdict.className = this.byName.size > 1 ? "verdict" : "verdict alone";
    this.spoken.textContent = "";
    for (const each of this.byName.values()) this.fill(each, null, false);
  }

  // `truth` is the picture's true class, null where nobody knows it.
  show(answer, truth) {
    const said = answer.models.filter((each) => each.class !== null);
    const most = this.commonest(said.map((each) => each.class));
    for (const each of answer.models) {
      const differs = answer.disagree && each.class !== most;
      this.fill(this.byName.get(each.model), each, differs);
    }
    this.verdict.classList.toggle("differ", answer.disagree);
    const wrong = truth !== null && said.some((each) => each.class !== truth);
    this.verdict.classList.toggle("alone", this.byName.size < 2 && !wrong);
    this.verdict.textContent =
      this.sentence(said, answer.disagree) + (wrong ? ` It really is ${truth}.` : "");
    clearTimeout(this.waiting); // a reader is told once the pen rests
    this.waiting = setTimeout(() => {
      this.spoken.textContent = said.length
        ? said.map((e) => `${e.model}: ${e.class}, ${percent(e.probability)}`).join("; ")
        : "nothing to see";
    }, 700);
  }

  commonest(classes) {
    const count = (name) => classes.filter((each) => each === name).length;
    const most = Math.max(0, ...classes.map(count));
    const found = [...new Set(classes)].filter((name) => count(name) === most);
    return found.length === 1 ? found[0] : null;
  }

  sentence(said, disagree) {
    if (!said.length) return "Nothing to see yet.";
    if (disagree) return "They disagree.";
    return this.byName.size > 1 ? `All say ${said[0].class}.` : "";
  }

  fill(place, answer, differs) {
    const { model, card, time, seen, best, sure, notes } = place;
    card.classList.toggle("differs", differs);
    time.textContent = answer ? `${answer.milliseconds.toFixed(2)} ms` : "";
    best.textContent = answer?.class ?? "–";
    sure.textContent = answer?.class != null ? `${percent(answer.probability)} sure` : "";
    notes.textContent = answer ? answer.notes.join("; ") : "";
    seen.hidden = !answer?.seen;
    seen.alt = `${model.width} by ${model.height} pixels, as ${model.name} saw them`;
    if (answer?.seen) seen.src = answer.seen;
    this.drawBars(place, answer);
  }

  drawBars(place, answer) {
    const { model, bars, rows } = place;
    const value = new Map((answer?.top ?? []).map((each) => [each.class, each.probability]));
    const few = model.classes.length <= MOST_BARS;
    const names = few ? model.classes : [...value.keys()].slice(0, MOST_BARS);
    while (rows.length < names.length) rows.push(this.row(bars));
    rows.forEach((row, n) => {
      row.line.hidden = n >= names.length;
      if (row.line.hidden) return;
      const name = names[n], share = value.get(name) ?? 0;
      row.name.textContent = row.name.title = name;
      row.value.textContent = answer?.top.length ? percent(share) : "";
      row.fill.style.width = `${share * 100}%`;
      row.line.classList.toggle("top", answer?.class === name);
    });
  }

  row(bars) {
    const line = element("li"), name = element("span", "name"), track = element("span", "track");
    const fill = element("i"), value = element("span", "value");
    track.append(fill);
    line.append(name, track, value);
    bars.append(line);
    return { line, name, fill, value };
  }
}
