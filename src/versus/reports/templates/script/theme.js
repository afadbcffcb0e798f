"use strict";
// Light or dark by hand; without this script the page follows the system.
(() => {
  document.documentElement.classList.add("js");
  const place = document.querySelector(".kicker");
  if (!place) return;
  const button = document.createElement("button");
  const isDark = () => (document.documentElement.dataset.theme ||
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.type = "button";
  button.className = "theme";
  button.title = "Change the colours of the page";
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  name();
  place.append(button);
})();
