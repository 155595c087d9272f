/** What the room asks of the service about pointing, looking and speaking. */
import { answered, client, type Shape } from "./client";

export type GazeProposal = Shape["GazeProposal"];
export type GazeConsent = Shape["Consent"];
export type GazeRecording = Shape["Recording"];
export type LookedAt = Shape["LookedAt"];
export type PointerBatch = Shape["PointerBatchRequest"];

const at = (id: number) => ({ params: { path: { id } } });

export function gazeConsent(project: string): Promise<GazeConsent> {
  return answered(client.GET("/api/projects/{slug}/gaze/", { params: { path: { slug: project } } }));
}

/** Lost without harm: the answer says only how much is kept. */
export async function sendPointer(reading: number, body: PointerBatch): Promise<void> {
  await answered(client.POST("/api/readings/{id}/gaze/pointer/", { ...at(reading), body }));
}

export function gazeRecordings(reading: number): Promise<GazeRecording[]> {
  return answered(client.GET("/api/readings/{id}/gaze/", at(reading)));
}

/** null until the reading's mode lets suggestions be seen. */
export async function gazeProposals(reading: number): Promise<readonly GazeProposal[] | null> {
  return (await answered(client.GET("/api/readings/{id}/gaze/proposals/", at(reading)))).proposals;
}

export function lookedAt(recording: number, until: number): Promise<LookedAt[]> {
  return answered(client.GET("/api/gaze/{id}/replay/", { params: { path: { id: recording }, query: { until } } }));
}
