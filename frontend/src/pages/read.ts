/** The reading room's page. */
import "../room/room.css";
import "../room/styles/palette.css";
import "../room/styles/flow.css";
import "../room/styles/grid.css";
import "../room/styles/findings.css";
import "../room/styles/marks.css";
import "../room/styles/planes.css";
import "../room/styles/sight.css";
import "../room/styles/gaze.css";
import "../room/styles/report.css";

import { render } from "lit";

import { onKey } from "../room/commands";
import { layout } from "../room/parts/layout";
import { Gaze } from "../room/gaze/gaze";
import { Heat } from "../room/heat";
import { Pins } from "../room/pins";
import { Probe } from "../room/probe";
import { Room } from "../room/room";
import { Stage } from "../room/stage";
import type { Settings } from "../room/state";
import { testHandle } from "../room/test-handle";
import { LoopWatch } from "../room/watch-loop";

function start(root: HTMLElement, settings: Settings): void {
  const room = new Room(settings);
  root.replaceChildren();
  // Cornerstone measures its element: it has to be on the page before the stage is made.
  const stage = new Stage(root, room);
  const pins = new Pins(room, stage);
  const heat = new Heat(room, stage);
  const probe = new Probe(room, stage);
  const gaze = new Gaze(room, stage);
  const watch = new LoopWatch(room);
  let isDue = false;
  room.changed = () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      render(layout(room, stage), root);
      stage.draw();
      room.talk.follow();
      room.flow.follow();
      pins.draw();
      heat.draw();
      probe.draw();
      gaze.draw();
    });
  };
  room.submitted = () => {
    void watch.look();
    room.flow.handedIn();
  };
  window.radloop = testHandle(room, stage);
  document.addEventListener("keydown", (event) => onKey(event, room, stage));
  // After a click with the mouse, Enter and Space are the room's again; who comes by Tab stays on the button.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) (event.target as Element).closest<HTMLElement>("button:not(dialog *), summary")?.blur();
  });
  for (const name of ["keydown", "pointermove", "pointerdown", "wheel"]) {
    const touch = (): void => {
      room.activity.touch();
      room.flow.touch();
    };
    document.addEventListener(name, touch, { passive: true });
  }
  // A click elsewhere leaves a chord that waits.
  document.addEventListener("pointerdown", (event) => {
    if (room.state.chord !== null && !(event.target as Element).closest(".palette")) room.update({ chord: null });
  });
  document.addEventListener("visibilitychange", () => {
    room.activity.visibility(document.visibilityState === "visible");
    if (document.visibilityState === "hidden") room.state.open?.saver.flush();
    else void room.talk.load();
  });
  window.addEventListener("pagehide", () => room.state.open?.saver.flush());
  window.addEventListener("online", () => room.state.open?.saver.flush());
  room.changed();
  const wanted = Number(new URLSearchParams(location.search).get("reading"));
  void (wanted ? room.openReading(wanted) : room.openNext());
  void watch.look();
}

const settings = JSON.parse(document.getElementById("room-settings")?.textContent ?? "{}") as Settings;
start(document.getElementById("room") as HTMLElement, settings);
