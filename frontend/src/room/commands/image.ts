/** The image in the active pane: window, zoom, slices, series. */
import type { Preset } from "../../viewer/window/presets";
import type { Room } from "../room";
import type { Stage } from "../stage";
import type { Commands } from "./table";

export const IMAGE: Commands = {
  scroll: (room, stage, { slices }) => onImage(room, stage, ({ view }) => moved(stage, view.scroll(slices))),
  slice: (room, stage, { at }) =>
    onImage(room, stage, ({ view }) => moved(stage, view.goTo(at === "first" ? 0 : view.images.length - 1))),
  series: (_, stage, { by }) => stage.hanging.step(by),
  zoom: (room, stage, { by }) => onImage(room, stage, ({ view }) => view.zoom(by)),
  window: (room, stage, { preset }) => onImage(room, stage, () => choosePreset(room, stage, preset)),
  invert: (room, stage) => onImage(room, stage, ({ view }) => view.invert()),
  "reset-view": (room, stage) => onImage(room, stage, ({ view }) => view.resetView()),
  "window-drag": (room, stage) =>
    onImage(room, stage, ({ view, gestures }) => {
      gestures.leftWindows = !gestures.leftWindows;
      view.changed();
    }),
};

/** Only while an image is shown. */
function onImage(room: Room, stage: Stage, act: (pane: Stage["pane"]) => void): void {
  if (room.state.open && stage.active.shown.is === "shown") act(stage.pane);
}

function moved(stage: Stage, moving: Promise<void>): void {
  void moving.catch((error: unknown) => stage.fail(error));
}

/** 0 is the window that the file asks for; digits without a preset do nothing. */
export function choosePreset(room: Room, stage: Stage, key: number): void {
  const { view } = stage.pane;
  if (key === 0) view.window = null;
  const preset = key === 0 ? null : room.state.presets.find((one) => one.key === key);
  if (preset) showPreset(stage, preset);
}

export function showPreset(stage: Stage, preset: Preset): void {
  const { view, isStoredInverted } = stage.pane;
  view.window = preset;
  if (preset.isInverted !== undefined && preset.isInverted !== (view.isInverted !== isStoredInverted)) view.invert();
}
