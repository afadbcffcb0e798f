// The page: what is on the paper is sent to every model, whose answers appear beside it.

import { get, post } from "./api.js";
import { Answers } from "./answers.js";
import { Hardest } from "./hardest.js";
import { Paper } from "./paper.js";

const MOST_CLASSES = 1000;
const find = (id) => document.getElementById(id);

let answers, hardest, paper, models;
let asking = false, again = false;
let truth = null; // the label of the picture on the paper, where it is known

function trouble(error) {
  find("trouble").hidden = !error;
  find("trouble").textContent = error ? error.message : "";
}

// One question at a time; what has changed meanwhile is asked next, whatever came of the last.
async function ask() {
  again = true;
  if (asking) return;
  asking = true;
  find("cards").setAttribute("aria-busy", "true"); // what stands there may be of an earlier stroke
  while (again) {
    again = false;
    try {
      if (paper.empty) answers.clear();
      else await once();
      trouble(null);
    } catch (error) {
      trouble(error);
    }
  }
  asking = false;
  find("cards").setAttribute("aria-busy", "false");
}

async function once() {
  const { blob, prepared } = await paper.content();
  const most = Math.max(...models.map((model) => model.classes.length));
  const query = { seen: true, as_is: prepared, top: Math.min(most, MOST_CLASSES) };
  const answer = await post("/predict", query, blob);
  if (!paper.empty) answers.show(answer, prepared ? truth : null);
}

function changed() {
  find("hint").hidden = !paper.empty;
  find("undo").disabled = find("clear").disabled = paper.empty;
  find("saved").textContent = "";
  if (!paper.picture?.prepared) hardest?.rest();
  ask();
}

function takePictures() {
  const take = (files) => {
    const picture = [...(files ?? [])].find((file) => file.type.startsWith("image/"));
    if (picture) paper.show(picture);
    return Boolean(picture);
  };
  find("file").addEventListener("change", (event) => {
    take(event.target.files);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    if (take(event.clipboardData?.files)) event.preventDefault();
  });
  for (const kind of ["dragover", "drop", "dragleave"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      find("paper").classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer?.files);
    });
}

function offerSaving() {
  find("save").hidden = false;
  for (const name of new Set(models.flatMap((model) => model.classes)))
    find("label").add(new Option(name));
  find("save").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (paper.empty) return;
    const label = find("label").value;
    const model = models.find((each) => each.classes.includes(label)).name;
    try {
      const { blob, prepared } = await paper.content();
      const saved = await post("/mistakes", { model, label, as_is: prepared }, blob);
      find("saved").textContent = `Saved as ${label}; ${saved.count} in all.`;
      find("label").value = ""; // the next is chosen anew: what is saved here is learnt from
      trouble(null);
    } catch (error) {
      trouble(error);
    }
  });
}

async function start() {
  const found = await get("/models");
  models = found.models;
  answers = new Answers(models);
  paper = new Paper(find("canvas"), find("cursor"), changed, () => Number(find("width").value));
  find("undo").addEventListener("click", () => paper.undo());
  find("clear").addEventListener("click", () => paper.clear());
  takePictures();
  if (found.saving) offerSaving();
  hardest = new Hardest(
    models.filter((model) => model.hardest),
    async (blob, label) => {
      truth = label;
      await paper.show(blob, true);
      find("label").value = label;
    },
    trouble,
  );
  document.documentElement.dataset.ready = "true";
}

start().catch(trouble);
