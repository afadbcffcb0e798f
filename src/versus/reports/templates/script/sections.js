// Once the page is open, lay out what is out of sight too, a section at a time: the scroll bar is
// then right, and a picture of the whole page is whole.
addEventListener("load", () => {
  const sections = [...document.querySelectorAll("main > section")];
  const next = () => {
    const section = sections.shift();
    if (!section) return;
    section.style.contentVisibility = "visible";
    setTimeout(next, 20);
  };
  setTimeout(next, 100);
});
