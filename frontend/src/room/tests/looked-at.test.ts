import { beforeEach, describe, expect, test, vi } from "vitest";

import type { Explained } from "../../api/readings";
import type { Job } from "../../shell/jobs";
import { LookedAt } from "../looked-at";
import type { Room } from "../room";
import { nodule, suggestion } from "../../session/tests/samples";

const asked = vi.fn<(reading: number, finding: string, method: string) => Promise<Explained>>();
const got = vi.fn<() => Promise<Explained>>();
let onJob: (job: Job) => void = () => undefined;
const stream = { close: vi.fn() };

vi.mock("../../api/readings", () => ({ askForMaps: (...of: [number, string, string]) => asked(...of), getMaps: () => got() }));
vi.mock("../../shell/jobs", async (real) => ({
  ...(await real<typeof import("../../shell/jobs")>()),
  listen: (_: string, heard: (job: Job) => void) => { onJob = heard; return stream; },
}));

const check = (passed: boolean) =>
  ({ instance_ids: [7, 8], planes: 1, has_passed: passed, similarity: 0.1, copies: 5, sentence: "words" });
const map = { instance_ids: [7], rows: 1, columns: 2, x: 0, y: 0, w: 4, h: 2, values: btoa("\x00\xff") };
const job = (change: Partial<Job>): Job => ({ id: "j", state: "running", progress: 0.4, message: "Drawing", failure: "", ...change }) as Job;
const answer = (change: Partial<Explained>): Explained =>
  ({ method: "grad_cam", is_drawn: false, maps: [], checks: [], job: null, ...change }) as Explained;

function room(): Room {
  const open = {
    saver: {}, inHand: nodule.id, kase: { findings: [nodule], suggestions: [suggestion({ has_map: true })], reading: { id: 3 } },
  };
  return { state: { open }, form: { hasOverlay: true }, changed: vi.fn() } as unknown as Room;
}

const settled = () => new Promise((done) => setTimeout(done));

describe("what the model looked at", () => {
  beforeEach(() => { vi.clearAllMocks(); });

  test("is asked for once, shown unchecked while its job runs, and then with its check", async () => {
    const own = new LookedAt(room());
    asked.mockResolvedValue(answer({ maps: [map], job: job({}) as never }));
    expect(own.now?.is).toBe("asked");
    await settled();
    expect(own.now).toMatchObject({ is: "drawing", progress: 0.4, maps: [{ instances: new Set([7]), cells: Uint8Array.of(0, 255) }] });
    onJob(job({ progress: 0.8, message: "Checking" }));
    expect(own.now).toMatchObject({ progress: 0.8, words: "Checking" });
    got.mockResolvedValue(answer({ is_drawn: true, maps: [map], checks: [check(false)] }));
    onJob(job({ state: "done" }));
    await settled();
    expect(own.now?.is).toBe("drawn");
    expect(own.checkOn(own.now as never, 8)?.has_passed).toBe(false);
    expect(asked.mock.calls).toEqual([[3, "nodule", "class_activation"]]);
  });

  test("tells why it could not be drawn, and is asked again only when told to", async () => {
    const own = new LookedAt(room());
    asked.mockResolvedValue(answer({ job: job({ state: "failed", failure: "No maps." }) as never }));
    own.now;
    await settled();
    expect(own.now).toMatchObject({ is: "failed", words: "No maps." });
    own.again();
    own.now;
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("of a case that was left comes too late", async () => {
    const one = room();
    const own = new LookedAt(one);
    asked.mockResolvedValue(answer({ job: job({}) as never }));
    own.now;
    await settled();
    Object.assign(one.state, { open: null });
    expect(own.now).toBeNull();
    expect(stream.close).toHaveBeenCalled();
  });

  test("goes through the ways of drawing and begins anew", () => {
    const own = new LookedAt(room());
    const names = [0, 1, 2].map(() => { own.next(); return own.name; });
    expect(names).toEqual(["Grad-CAM", "occlusion", "class activation"]);
  });
});
