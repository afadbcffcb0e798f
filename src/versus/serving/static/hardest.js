// Leafing through the pictures that a model got most wrong.

import { get } from "./api.js";

const PAGE = 24;

export class Hardest {
  // `chosen` is called with a picture's blob and its label.
  constructor(models, chosen, failed) {
    Object.assign(this, { models, chosen, failed, start: 0 });
    const find = (id) => document.getElementById(id);
    this.whose = find("whose");
    this.pictures = find("pictures");
    this.about = find("about");
    this.before = find("before");
    this.after = find("after");
    for (const model of models) this.whose.add(new Option(model.name));
    this.whose.hidden = models.length < 2;
    this.whose.addEventListener("change", () => this.go(0));
    this.before.addEventListener("click", () => this.go(this.start - PAGE));
    this.after.addEventListener("click", () => this.go(this.start + PAGE));
    find("hardest").hidden = !models.length;
    if (models.length) this.go(0);
  }

  async go(start) {
    const model = this.models[this.whose.selectedIndex];
    this.start = start;
    this.before.disabled = start <= 0;
    this.after.disabled = start + PAGE >= model.hardest;
    const address = `/models/${encodeURIComponent(model.name)}/hardest?start=${start}&count=${PAGE}`;
    try {
      const found = await get(address);
      const last = start + found.pictures.length;
      this.about.textContent =
        `${start + 1} to ${last} of the ${model.hardest} ${found.split} pictures of ${model.data} ` +
        `to whose true class ${model.name} gave the least probability. Choose one.`;
      this.pictures.replaceChildren(...found.pictures.map((picture) => this.item(picture)));
    } catch (error) {
      this.failed(error);
    }
  }

  item(picture) {
    const item = document.createElement("li"), button = document.createElement("button");
    const image = document.createElement("img"), label = document.createElement("span");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", `Picture ${picture.index}, really ${picture.label}`);
    image.src = picture.picture;
    image.alt = "";
    label.textContent = picture.label;
    button.append(image, label);
    button.addEventListener("click", () => {
      this.rest();
      button.setAttribute("aria-pressed", "true");
      this.chosen(blobOf(picture.picture), picture.label);
    });
    item.append(button);
    return item;
  }

  // No picture of these lies on the paper any more.
  rest() {
    for (const pressed of this.pictures.querySelectorAll("[aria-pressed=true]"))
      pressed.setAttribute("aria-pressed", "false");
  }
}

function blobOf(address) {
  const bytes = Uint8Array.from(atob(address.split(",")[1]), (sign) => sign.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}
