/** What the labels bought: the gate figure (AUROC; Dice of models that outline) of the students and of the random arm, by labels spent. */
import type { Chart } from "./chart";
import { colour } from "./theme";

interface Estimate {
  value: number;
  low: number | null;
  high: number | null;
}

export interface Turn {
  turn: number;
  figure: string;
  labels: number;
  student: Estimate;
  random: Estimate | null;
  promoted: boolean;
  n: number;
}

export function loopChart(turns: Turn[]): Chart {
  const figure = turns[0]?.figure ?? "AUROC";
  const hasArm = turns.some((turn) => turn.turn > 0 && turn.random);
  const student = {
    label: "Student",
    colour: colour(0),
    values: turns.map((turn) => turn.student.value),
    low: turns.map((turn) => turn.student.low),
    high: turns.map((turn) => turn.student.high),
    marks: turns.map((turn): "full" | "hollow" => (turn.promoted ? "full" : "hollow")),
  };
  const arm = {
    label: "Random arm",
    colour: colour(1),
    dashed: true,
    values: turns.map((turn) => turn.random?.value ?? null),
    low: turns.map((turn) => turn.random?.low ?? null),
    high: turns.map((turn) => turn.random?.high ?? null),
  };
  return {
    x: turns.map((turn) => turn.labels),
    xLabel: "labels spent",
    yLabel: `${figure} on the gate set`,
    lines: hasArm ? [student, arm] : [student],
    ...(figure === "AUROC" ? { level: { value: 0.5, label: "chance" } } : {}),
    at: (labels, index) => {
      const turn = turns[index] as Turn;
      const name = turn.turn === 0 ? "first teacher" : `turn ${turn.turn}`;
      return `${name}, ${labels} labels, ${turn.n} gate cases, ${turn.promoted ? "promoted ●" : "not promoted ○"}`;
    },
  };
}
