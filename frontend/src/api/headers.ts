/** The stored header of an image, as rows. */
import { answered, client, type Shape } from "./client";

export type StoredHeader = Shape["Header"];
export type HeaderRow = Shape["HeaderRow"];

/** `frame` counts from 0: of frame groups that one is told. */
export function storedHeader(sopUid: string, frame: number): Promise<StoredHeader> {
  return answered(client.GET("/api/instances/{sop_uid}/header/", { params: { path: { sop_uid: sopUid }, query: { frame } } }));
}
