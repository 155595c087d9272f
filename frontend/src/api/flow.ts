/** What the flow of reading asks of the service: own set-up, my list, the receipt. */
import type { Overrides } from "../session/keys";
import { answered, client, type Shape } from "./client";

export type MyCase = Shape["MyCase"];
export type MyList = Shape["MyList"];
export type Receipt = Shape["Receipt"];

export interface Preferences {
  readonly keys: Overrides;
  readonly breakMinutes: number;
  readonly tour: string;
}

/** Filters of my list; empty ones take everything. Dates as 2026-11-26. */
export interface Wanted {
  state: "" | MyCase["state"];
  finding: string;
  flagged: boolean;
  since: string;
  until: string;
  text: string;
}

export async function keepPreferences(change: Partial<Preferences>): Promise<void> {
  const { keys, breakMinutes, tour } = change;
  const body = {
    ...(keys && { keys: keys as Record<string, string[]> }), ...(tour !== undefined && { tour }),
    ...(breakMinutes !== undefined && { break_minutes: breakMinutes }),
  };
  await answered(client.PATCH("/api/me/room/", { body }));
}

export function myList(worklist: number, { since, until, ...wanted }: Wanted): Promise<MyList> {
  const query = { ...wanted, ...(since && { since }), ...(until && { until }) };
  return answered(client.GET("/api/worklists/{id}/mine/", { params: { path: { id: worklist }, query } }));
}

/** null: nothing has been handed in on this list. */
export async function makeReceipt(worklist: number): Promise<Receipt | null> {
  const made = await answered(client.POST("/api/worklists/{id}/receipt/", { params: { path: { id: worklist } } }));
  return made.receipt as Receipt | null;
}
