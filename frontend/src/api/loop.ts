/** The project's loop, as the room's top line tells it. */
import { answered, client, type Shape } from "./client";

export type Loop = Shape["Loop"];

export function getLoop(project: string): Promise<Loop> {
  return answered(client.GET("/api/projects/{slug}/loop/", { params: { path: { slug: project } } }));
}
