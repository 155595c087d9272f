/** Strokes as text. `Shift+a`, `Ctrl+z`, `PageDown`, `?`; two of them with a space between are a chord: `t b`. Pure.
 *  Letters are lower case and say their shift; signs and digits don't, for keyboards print them on different levels. */

export interface KeyPress {
  key: string;
  code: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Fn", "NumLock", "Dead", "Process", "Unidentified"]);
const isLetter = (key: string): boolean => /^\p{L}$/u.test(key);
const isNamed = (key: string): boolean => key.length > 1;

/** What the press may mean, likeliest first; nothing for a modifier alone. */
export function strokesOf(press: KeyPress): string[] {
  const key = press.key === " " ? "Space" : press.key;
  if (MODIFIERS.has(key)) return [];
  const isSign = !isNamed(key) && !isLetter(key);
  if (press.ctrlKey || press.metaKey) {
    // Control with alt is how some systems tell AltGr, which prints signs such as [ and \.
    if (press.altKey) return isSign ? [key] : [];
    return [`Ctrl+${isSign ? key : shifted(press, key)}`];
  }
  if (press.altKey) {
    if (isNamed(key)) return [`Alt+${shifted(press, key)}`];
    return [...lettersOf(press).map((letter) => `Alt+${letter}`), ...(isSign ? [key] : [])];
  }
  if (isNamed(key)) return [shifted(press, key)];
  if (isLetter(key)) return lettersOf(press).map((letter) => (press.shiftKey ? `Shift+${letter}` : letter));
  // Keyboards that need shift for digits give them by place.
  const digit = !press.shiftKey && /^Digit[0-9]$/.test(press.code) ? press.code.slice(5) : null;
  return digit && digit !== key ? [key, digit] : [key];
}

const shifted = (press: KeyPress, key: string): string => {
  const name = isLetter(key) ? key.toLowerCase() : key;
  return press.shiftKey ? `Shift+${name}` : name;
};

/** The letter as printed; where that is none of a–z (alt, another script) the one at the key's place too. */
function lettersOf(press: KeyPress): string[] {
  const printed = isLetter(press.key) ? [press.key.toLowerCase()] : [];
  const placed = press.code.startsWith("Key") ? [press.code.slice(3).toLowerCase()] : [];
  if (/^[a-z]$/i.test(press.key)) return printed;
  return press.altKey ? [...placed, ...printed] : [...printed, ...placed];
}

const STROKE = /^(Ctrl\+)?(Alt\+)?(Shift\+)?(\S|[A-Z][A-Za-z]+[0-9]*|F[0-9]+)$/u;

/** The strokes of a sequence, null when it is none: empty, more than two, or misspelt. */
export function parsed(sequence: string): readonly string[] | null {
  const strokes = sequence.split(" ");
  if (strokes.length > 2 || !strokes.every((stroke) => STROKE.test(stroke) && spelt(stroke))) return null;
  return strokes;
}

/** Only letters and named keys say their shift, and letters are lower case. */
function spelt(stroke: string): boolean {
  const key = /\+$/.test(stroke) ? "+" : (stroke.split("+").at(-1) ?? "");
  if (isLetter(key)) return key === key.toLowerCase();
  return isNamed(key) || !stroke.includes("Shift+");
}

const SIGNS: Record<string, string> = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", PageUp: "PgUp", PageDown: "PgDn",
};

/** As printed on `?`: `⇧ A`, `Ctrl Z`, `t b`. */
export function shownStroke(sequence: string): string {
  return sequence.split(" ").map(one).join(" ");
}

function one(stroke: string): string {
  const isPlus = stroke.endsWith("+");
  const parts = (isPlus ? stroke.slice(0, -1) : stroke).split("+").filter(Boolean);
  const key = isPlus ? "+" : (parts.pop() ?? "");
  const held = parts.map((part) => (part === "Shift" ? "⇧" : part));
  const name = SIGNS[key] ?? (held.length && isLetter(key) ? key.toUpperCase() : key);
  return [...held, name].join(" ");
}
