/** A series of the shelf is dragged into a viewport. */
import type { Cell } from "../cell";
import type { Hanging } from "../hanging";
import type { Room } from "../room";

/** Only what comes from the shelf is taken: not files, not text. */
export const DRAGGED = "application/x-radloop-series";

export function acceptDrops(cell: Cell, hanging: Hanging, room: Room): void {
  const { element } = cell;
  const isOurs = (event: DragEvent): boolean => event.dataTransfer?.types.includes(DRAGGED) ?? false;
  element.addEventListener("dragover", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    element.classList.add("dropping");
  });
  element.addEventListener("dragleave", () => element.classList.remove("dropping"));
  element.addEventListener("drop", (event) => {
    element.classList.remove("dropping");
    const { open } = room.state;
    const key = event.dataTransfer?.getData(DRAGGED);
    const item = open && hanging.shelf(open).find((one) => one.key === key);
    if (!item) return;
    event.preventDefault();
    hanging.take(item, cell);
  });
}
