/** What the reading room asks of the service. */
import type { Content } from "../session/content";
import { answered, client, type Shape } from "./client";

export type Case = Shape["Case"];
export type CaseFinding = Shape["CaseFinding"];
export type CaseSeries = Shape["CaseSeries"];
export type CasePrior = Shape["CasePrior"];
export type Reading = Shape["Reading"];
export type Suggestion = Shape["Suggestion"];
export type SuggestedBox = Shape["SuggestedBox"];
export type SuggestedMask = Shape["SuggestedMask"];
export type Progress = Shape["Progress"];
export type Explained = Shape["Explanation"];
export type Method = Explained["method"];
export type LaidMap = Shape["CoarseMap"];
export type SanityCheck = Shape["SanityCheck"];
export type Contradiction = Shape["Contradiction"];
export type Submitted = Shape["Submitted"];
export type Next = Shape["Next"];
/** A case reserved ahead and opened already. */
export type Laid = Shape["Ahead"];

/** What a save carries: the version it builds on, everything said, and the active seconds since the last save. */
export interface Save {
  base_version: number;
  content: Content;
  active_seconds: number;
}

/** Marks are tuples here, and arrays of any length in the generated types. */
const bodyOf = (save: Save) => ({ ...save, content: save.content as unknown as Shape["Content"] });

const at = (id: number) => ({ params: { path: { id } } });

/** As many cases are reserved ahead as the worklist says. */
export function nextCase(worklist: number): Promise<Next> {
  return answered(client.POST("/api/worklists/{id}/next/", { ...at(worklist), body: { ahead: null } }));
}

export function getCase(reading: number): Promise<Case> {
  return answered(client.GET("/api/readings/{id}/case/", at(reading)));
}

/** Browsers let requests outlive their page while these hold 64 KiB together; a larger one would not even be sent. */
const MOST_KEPT_ALIVE = 48 * 1024;

const mayOutlive = (save: Save): boolean => JSON.stringify(save).length < MOST_KEPT_ALIVE;

/** `outlives`: the request goes on when the page goes away, if it is small enough. */
export async function saveDraft(reading: number, save: Save, outlives = false): Promise<number> {
  const body = bodyOf(save);
  const keepalive = outlives && mayOutlive(save);
  const saved = await answered(client.PUT("/api/readings/{id}/draft/", { ...at(reading), body, keepalive }));
  return saved.draft_version;
}

export function lockAnswer(reading: number, save: Save): Promise<Reading> {
  return answered(client.POST("/api/readings/{id}/lock/", { ...at(reading), body: bodyOf(save) }));
}

/** `ask`: the server may answer with a second look (`version` null) and submit nothing; `seen`: the reader was told. */
export function submitReading(reading: number, save: Save, second_look: "" | "ask" | "seen" = ""): Promise<Submitted> {
  const request = { ...at(reading), body: { ...bodyOf(save), second_look }, keepalive: mayOutlive(save) };
  return answered(client.POST("/api/readings/{id}/submit/", request));
}

export function amendReading(reading: number): Promise<Reading> {
  return answered(client.POST("/api/readings/{id}/amend/", at(reading)));
}

export function skipReading(reading: number, reason: string): Promise<Reading> {
  return answered(client.POST("/api/readings/{id}/skip/", { ...at(reading), body: { reason } }));
}

const drawn = (id: number, finding: string, method: Method) => ({ params: { path: { id, finding, method } } });

/** Where the model looked for this finding, as far as that is drawn. */
export function getMaps(reading: number, finding: string, method: Method): Promise<Explained> {
  return answered(client.GET("/api/readings/{id}/maps/{finding}/{method}/", drawn(reading, finding, method)));
}

/** Have it drawn and checked, unless it is already. */
export function askForMaps(reading: number, finding: string, method: Method): Promise<Explained> {
  return answered(client.POST("/api/readings/{id}/maps/{finding}/{method}/", drawn(reading, finding, method)));
}

/** The reader's submitted readings of a worklist, newest first. */
export async function earlierReadings(project: string, worklist: number): Promise<Reading[]> {
  const query = { worklist, page_size: 50 };
  const page = await answered(
    client.GET("/api/projects/{slug}/readings/", { params: { path: { slug: project }, query } }),
  );
  return (page as unknown as { results: Reading[] }).results.filter((reading) => reading.version > 0);
}

/** An earlier study of the case's patient. Opening it is on record. */
export function openPrior(reading: number, uid: string): Promise<Shape["Prior"]> {
  return answered(client.GET("/api/readings/{id}/priors/{uid}/", { params: { path: { id: reading, uid } } }));
}
