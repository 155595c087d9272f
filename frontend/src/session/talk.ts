/** Comments of a case as threads and pins, and the comment being written with its copy in the browser. Pure but for the copy. */
import type { Comment, Member, NewComment } from "../api/comments";

/** Image pixels of one frame, 0 = centre of the first pixel. */
export interface Spot {
  readonly instance: number;
  readonly frame: number;
  readonly x: number;
  readonly y: number;
}

const SHORT: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };

/** A moment in few letters, as the reader's locale writes it: the year only where it isn't this one. */
export function shortly(iso: string, now = new Date(), locale?: string): string {
  const moment = new Date(iso);
  const year: Intl.DateTimeFormatOptions = moment.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return new Intl.DateTimeFormat(locale, { ...SHORT, ...year }).format(moment);
}

/** What is typed and not sent. */
export interface Unsent {
  readonly text: string;
  /** Username of the colleague who is asked; "": nobody. */
  readonly asked: string;
  readonly spot: Spot | null;
  readonly replyTo: number | null;
  /** A send of it went out and no answer came: it may have arrived. */
  readonly isOut: boolean;
}

export interface Thread {
  readonly root: Comment;
  readonly replies: readonly Comment[];
  /** Number of its pin; null without one. */
  readonly pin: number | null;
  readonly spot: Spot | null;
}

export interface Pin {
  /** null: the spot of the comment being written. */
  readonly comment: number | null;
  readonly number: string;
  readonly spot: Spot;
  readonly isSettled: boolean;
}

export const NOTHING: Unsent = { text: "", asked: "", spot: null, replyTo: null, isOut: false };
export const LONGEST = 2000;

export function spotOf({ instance, frame, x, y }: Comment): Spot | null {
  return instance === null || x === null || y === null ? null : { instance, frame, x, y };
}

/** Oldest first; an answer to an answer stands in the first one's thread, one whose question isn't to be seen by itself. */
export function threadsOf(comments: readonly Comment[]): Thread[] {
  const known = new Map(comments.map((one) => [one.id, one]));
  const rootOf = (one: Comment): Comment => {
    const above = one.reply_to === null ? undefined : known.get(one.reply_to);
    return above ? rootOf(above) : one;
  };
  let pins = 0;
  return comments.filter((one) => rootOf(one) === one).map((root) => {
    const spot = spotOf(root);
    const replies = comments.filter((one) => one !== root && rootOf(one) === root);
    return { root, replies, spot, pin: spot ? (pins += 1) : null };
  });
}

/** Marks of one image: of the threads, and of what is being written. */
export function pinsOn(threads: readonly Thread[], unsent: Unsent | null, instance: number, frame: number): Pin[] {
  const isHere = (spot: Spot): boolean => spot.instance === instance && spot.frame === frame;
  const said = threads.flatMap(({ root, spot, pin }) =>
    spot && isHere(spot) ? [{ comment: root.id, number: String(pin), spot, isSettled: root.resolved_at !== null }] : [],
  );
  const spot = unsent?.spot;
  return spot && isHere(spot) ? [...said, { comment: null, number: "+", spot, isSettled: false }] : said;
}

/** Readers of the project who may be asked: no simulated ones, and not oneself. */
export function colleagues(members: readonly Member[], me: string): Member[] {
  return members.filter((one) => one.role !== "researcher" && !one.is_simulated && one.username !== me);
}

export function bodyOf({ text, asked, spot, replyTo }: Unsent): NewComment {
  return {
    text: text.trim(), asked, reply_to: replyTo, instance: spot?.instance ?? null, frame: spot?.frame ?? 0,
    x: spot?.x ?? null, y: spot?.y ?? null,
  };
}

/** Whether a send whose answer was lost had arrived after all: it is among the comments that were not known before. */
export function hasArrived(unsent: Unsent, me: string, known: ReadonlySet<number>, now: readonly Comment[]): boolean {
  const body = bodyOf(unsent);
  return now.some((one) =>
    !known.has(one.id) && one.author === me && one.text === body.text && one.reply_to === body.reply_to &&
    (one.asked ?? "") === body.asked && one.instance === body.instance && one.x === body.x && one.y === body.y,
  );
}

const key = (reading: number): string => `radloop:talk:${reading}`;

/** By reading, which is one person's: who sits at this browser next finds nothing of it. */
export function keepUnsent(reading: number, unsent: Unsent): void {
  try {
    if (unsent.text.trim()) localStorage.setItem(key(reading), JSON.stringify(unsent));
    else localStorage.removeItem(key(reading));
  } catch {
    // A full or forbidden store only loses the safety net.
  }
}

export function unsentOf(reading: number): Unsent | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key(reading)) ?? "null") as Partial<Unsent> | null;
    return kept && { ...NOTHING, ...kept };
  } catch {
    return null;
  }
}

/** What a flag says unless the reader writes something else. */
export const FLAG = "Please look at this case.";

const askedKey = (project: string): string => `radloop:asked:${project}`;

/** The colleague asked last is asked next. */
export function keepAsked(project: string, username: string): void {
  try {
    localStorage.setItem(askedKey(project), username);
  } catch {
    // Then the first colleague is proposed.
  }
}

export function lastAsked(project: string): string {
  try {
    return localStorage.getItem(askedKey(project)) ?? "";
  } catch {
    return "";
  }
}
