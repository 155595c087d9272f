/** A run's epochs, as the API gives them, as curves. */
import type { Values } from "./chart";

export interface Epoch {
  /** Counts on through folds: 1000 × fold + epoch of the fold. */
  epoch: number;
  values: {
    epoch: number;
    epochs: number;
    fold: number;
    train_loss: number;
    val_loss: number | null;
    val_auroc: Record<string, number | null>;
    /** What `val_auroc` holds: AUROC, quadratic kappa or Dice. */
    figure?: string;
    learning_rate: number;
    is_best: boolean;
    seconds: number;
  };
}

export interface Curves {
  fold: number;
  x: number[];
  epochs: number;
  train: Values;
  validation: Values;
  best: boolean[];
  auroc: { finding: string; values: Values }[];
  figure: string;
}

/** The curves of the fold that is being trained; null before the first epoch. */
export function curvesOf(epochs: Epoch[]): Curves | null {
  const last = epochs.at(-1);
  if (!last) return null;
  const chosen = epochs.filter((one) => one.values.fold === last.values.fold);
  const findings = [...new Set(chosen.flatMap((one) => Object.keys(one.values.val_auroc)))];
  return {
    fold: last.values.fold,
    x: chosen.map((one) => one.values.epoch),
    epochs: last.values.epochs,
    train: chosen.map((one) => one.values.train_loss),
    validation: chosen.map((one) => one.values.val_loss),
    best: chosen.map((one) => one.values.is_best),
    figure: last.values.figure ?? "AUROC",
    auroc: findings.map((finding) => ({ finding, values: chosen.map((one) => one.values.val_auroc[finding] ?? null) })),
  };
}

/** Per epoch, over the findings whose figure is known there. */
export function meanOf(curves: Curves): Values {
  return curves.x.map((_, index) => {
    const known = curves.auroc.map(({ values }) => values[index]).filter((value): value is number => value != null);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  });
}

/** Old and new together, each epoch once, in order: after a crash an epoch may be told again. */
export function merged(known: Epoch[], news: Epoch[]): Epoch[] {
  const byNumber = new Map([...known, ...news].map((one) => [one.epoch, one]));
  return [...byNumber.values()].sort((a, b) => a.epoch - b.epoch);
}
