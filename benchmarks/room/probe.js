// Put into every page before its own scripts: says what the canvas shows and how long a key took to show it.
(() => {
  const largest = () => {
    const all = [...document.querySelectorAll("#room canvas")].filter((one) => one.width && one.height);
    return all.sort((a, b) => b.width * b.height - a.width * a.height)[0] ?? null;
  };
  const pixels = (canvas) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  };
  const sum = () => {
    const canvas = largest();
    if (!canvas) return "";
    let h = 2166136261;
    const data = pixels(canvas);
    for (let i = 0; i < data.length; i += 1) h = Math.imul(h ^ data[i], 16777619);
    return `${canvas.width}x${canvas.height}:${(h >>> 0).toString(16)}`;
  };
  const levels = (points) => {
    const canvas = largest();
    const { left, top, width } = canvas.getBoundingClientRect();
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const scale = canvas.width / width;
    return points.map(([x, y]) => {
      const [clientX, clientY] = window.radloop.imageToClient(x, y);
      return context.getImageData(Math.round((clientX - left) * scale), Math.round((clientY - top) * scale), 1, 1).data[0];
    });
  };
  const saves = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (/\/(draft|submit)\/$/.test(entry.name)) saves.push([entry.name.endsWith("/draft/") ? "draft" : "submit", entry.duration]);
    }
  }).observe({ type: "resource", buffered: true });
  // Cornerstone draws elsewhere and copies onto the canvas that is seen: the frame after the last copy shows it.
  // Reading the canvas in every frame would wait for the graphics each time, and be what is measured.
  let shown = 0;
  const drawImage = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    if (this.canvas.isConnected && this.canvas.width > 400) requestAnimationFrame(() => (shown = performance.now()));
    return drawImage.apply(this, given);
  };
  const QUIET_MS = 250;
  /** Milliseconds from the next press of `key` to the frame that shows what has `expected` as its checksum from then on. */
  const after = (key, expected, patience = 60000) =>
    new Promise((resolve) => {
      const heard = (event) => {
        if (event.key !== key) return;
        document.removeEventListener("keydown", heard, true);
        const pressed = event.timeStamp;
        const look = () => {
          const isQuiet = shown > pressed && performance.now() - shown > QUIET_MS;
          const now = isQuiet ? sum() : "";
          if (now === expected) resolve({ ms: shown - pressed, sum: now });
          else if (performance.now() - pressed > patience) resolve({ ms: -1, sum: now });
          else setTimeout(look, 50);
        };
        setTimeout(look, QUIET_MS);
      };
      document.addEventListener("keydown", heard, true);
    });
  /** The checksum once it has been the same for five frames. */
  const still = () =>
    new Promise((resolve) => {
      let [last, same] = ["", 0];
      const look = () => {
        const now = window.radloop?.ready ? sum() : "";
        same = now && now === last ? same + 1 : 0;
        last = now;
        if (same >= 5) resolve(now);
        else requestAnimationFrame(look);
      };
      look();
    });
  window.probe = { sum, levels, after, still, saves };
})();
