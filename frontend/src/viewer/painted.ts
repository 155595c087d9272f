/** When what was drawn is on the screen. */

/** A page that nobody sees gets no frames. */
const PATIENCE_MS = 250;

/** The frame in which it is drawn, and the next one, which comes when that one was handed to the screen. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
