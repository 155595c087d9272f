/** A reader's word on one finding of a report. */
import { answered, client, type Shape } from "../api/client";

/** What was on the screen: rules, text version, one's own verdict if any. Something else there now is refused with both. */
export interface Shown {
  readonly definition: string;
  readonly digest: string;
  readonly verdict: number | null;
}

export interface Given {
  readonly finding: number;
  readonly name: string;
  readonly act: "accept" | "correct";
  readonly state: "present" | "absent" | "equivocal" | "not_mentioned";
  readonly shown: Shown;
  readonly spans: readonly (readonly [number, number])[];
}

/** Throws Refusal (409: the report or its reading has changed) and Unreachable. */
export async function giveVerdict(report: number, given: Given): Promise<void> {
  const { finding, act, state, shown } = given;
  const spans = given.spans.map(([start, end]) => ({ start, end }));
  const body: Shape["NewVerdictRequest"] = { finding, act, note: "", ...shown, ...(act === "correct" ? { state, spans } : {}) };
  await answered(client.POST("/api/reports/{id}/verdicts/", { params: { path: { id: report } }, body }));
}
