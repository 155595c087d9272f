/** What this browser kept of a case and the server never acknowledged comes back, or is asked about. */
import { textOf } from "../session/content";
import * as history from "../session/history";
import * as local from "../session/local-copy";
import type { Room } from "./room";
import { contentOf, isEditable, type Open } from "./state";

export function restore(room: Room, open: Open): void {
  const { reading } = open.kase;
  const draft = contentOf(open);
  const seen = new Set([textOf(draft)]);
  const [same, others]: [local.Found[], local.Found[]] = [[], []];
  for (const copy of local.found(reading.id)) {
    const text = textOf(copy.content);
    (seen.has(text) ? same : others).push(copy);
    seen.add(text);
  }
  local.drop(same.map((copy) => copy.key));
  const [newest, ...older] = others;
  if (!newest) return;
  open.history = history.step(open.history, newest.content);
  const submitted = { content: draft, version: reading.draft_version, state: reading.state };
  open.saver.restore(newest, older, isEditable(open) ? null : submitted);
  room.tell("What this browser had kept of your draft has been put back.");
}
