/** Colours that tell lines apart on light and dark, also for colour-blind eyes (after Okabe and Ito). */
export const COLOURS = ["#2a8fd0", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a68c8", "#8a8a8a"] as const;

export const colour = (index: number): string => COLOURS[index % COLOURS.length] as string;

export interface Ink {
  text: string;
  grid: string;
  surface: string;
}

/** The theme's colours as they are now. */
export function ink(): Ink {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: value("--tblr-secondary", "#6b7280"),
    grid: value("--tblr-border-color", "#e5e7eb"),
    surface: value("--tblr-bg-surface", "#ffffff"),
  };
}

/** Called after every switch between light and dark. */
export function onTheme(redraw: () => void): void {
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}
