// The paper: strokes by mouse, finger, pen or keyboard; or a picture laid on it.

const STEP = 14, SMALL_STEP = 4;

export class Paper {
  // `changed` is called after every change, `width` gives the stroke's width in canvas pixels.
  constructor(canvas, cursor, changed, width) {
    Object.assign(this, { canvas, cursor, changed, width });
    this.pen = canvas.getContext("2d", { willReadFrequently: true });
    this.strokes = [];
    this.picture = null;
    this.at = { x: canvas.width / 2, y: canvas.height / 2 };
    this.down = false;
    this.active = null;
    this.render();
    this.listen();
  }

  get empty() {
    return !this.strokes.length && !this.picture;
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => this.start(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"])
      canvas.addEventListener(kind, (event) => {
        if (event.pointerId === this.active) this.active = null;
      });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.showCursor());
    canvas.addEventListener("blur", () => {
      this.down = false;
      this.cursor.hidden = true;
    });
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect(), scale = this.canvas.width / box.width;
    const pressure = event.pointerType === "pen" ? 0.5 + event.pressure : 1;
    return {
      x: (event.clientX - box.left) * scale,
      y: (event.clientY - box.top) * scale,
      w: this.width() * pressure,
    };
  }

  start(event) {
    if (event.button !== 0 || this.active !== null) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true, focusVisible: false });
    this.cursor.hidden = true;
    this.canvas.setPointerCapture(event.pointerId);
    this.active = event.pointerId;
    this.begin(this.point(event));
  }

  move(event) {
    if (event.pointerId !== this.active) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.go(this.point(each));
    this.changed();
  }

  begin(point) {
    if (this.picture) {
      this.picture = null;
      this.render();
    }
    this.strokes.push([point]);
    this.line(point, point);
    this.changed();
  }

  go(point) {
    const stroke = this.strokes.at(-1);
    this.line(stroke.at(-1), point);
    stroke.push(point);
  }

  line(from, to) {
    const pen = this.pen;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#000";
    pen.lineWidth = to.w;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const step = event.shiftKey ? SMALL_STEP : STEP, most = this.canvas.width;
      this.at.x = Math.min(most, Math.max(0, this.at.x + move[0] * step));
      this.at.y = Math.min(most, Math.max(0, this.at.y + move[1] * step));
      if (this.down) {
        this.go({ ...this.at, w: this.width() });
        this.changed();
      }
    } else if (event.key === " ") {
      this.down = !this.down;
      if (this.down) this.begin({ ...this.at, w: this.width() });
    } else if (event.key === "u") this.undo();
    else if (event.key === "c") this.clear();
    else return;
    event.preventDefault();
    this.showCursor();
  }

  showCursor() {
    const shown = this.canvas.matches(":focus-visible");
    this.cursor.hidden = !shown;
    this.cursor.classList.toggle("down", this.down);
    this.cursor.style.left = `${(this.at.x / this.canvas.width) * 100}%`;
    this.cursor.style.top = `${(this.at.y / this.canvas.height) * 100}%`;
  }

  render() {
    const { pen, canvas } = this;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (this.picture) {
      const { bitmap } = this.picture, scale = canvas.width / Math.max(bitmap.width, bitmap.height);
      const width = bitmap.width * scale, height = bitmap.height * scale;
      pen.imageSmoothingEnabled = scale < 1;
      pen.drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    }
    for (const stroke of this.strokes)
      stroke.forEach((point, n) => this.line(stroke[Math.max(0, n - 1)], point));
  }

  undo() {
    if (this.picture) this.picture = null;
    else this.strokes.pop();
    this.down = false;
    this.render();
    this.changed();
  }

  clear() {
    this.picture = null;
    this.strokes = [];
    this.down = false;
    this.render();
    this.changed();
  }

  // Lay a picture file down; one that was prepared before is sent as it is.
  async show(blob, prepared = false) {
    let bitmap = null;
    try {
      bitmap = await createImageBitmap(blob);
    } catch {
      bitmap = await createImageBitmap(new ImageData(1, 1)); // the server may know its format
    }
    this.picture = { blob, prepared, bitmap };
    this.strokes = [];
    this.render();
    this.changed();
  }

  // What is to be answered: { blob, prepared }.
  async content() {
    if (this.picture) return this.picture;
    const blob = await new Promise((done) => this.canvas.toBlob(done, "image/png"));
    return { blob, prepared: false };
  }
}
