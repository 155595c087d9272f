import { beforeEach, describe, expect, test, vi } from "vitest";

const api = { nextCase: vi.fn(), submitReading: vi.fn(), skipReading: vi.fn(), saveDraft: vi.fn(), getCase: vi.fn() };
vi.mock("../../api/readings", () => api);
vi.mock("../../viewer/loading/images", () => ({ imagesOf: () => [] }));
vi.mock("../../viewer/loading/load", () => ({ loadAhead: async () => undefined }));
vi.mock("../../viewer/loading/keep", () => ({ keepStudies: () => undefined }));
vi.stubGlobal("document", { visibilityState: "visible", cookie: "" });
const nothing = (): null => null;
vi.stubGlobal("localStorage", { length: 0, key: nothing, getItem: nothing, setItem: nothing, removeItem: nothing });

const { Refusal, Unreachable } = await import("../../api/client");
const { Activity } = await import("../../session/activity");
const { EMPTY } = await import("../../session/content");
const history = await import("../../session/history");
const { Saver } = await import("../../session/saver");
const { Turning } = await import("../turning");
import type { Case } from "../../api/readings";
import type { Ready } from "../ahead";
import type { Room } from "../room";
import type { Open } from "../state";

const kase = (id: number): Case => {
  const reading = { id, draft: {}, draft_version: 0, state: "draft" };
  return { reading, study: { uid: `1.${id}` }, series: [], findings: [] } as unknown as Case;
};

function opened({ kase }: Ready): Open {
  const saver = new Saver(kase.reading.id, EMPTY, 0, null, new Activity(), () => undefined);
  return { kase, saver, history: history.begin(EMPTY) } as unknown as Open;
}

/** Of the room, what turning asks for. */
class Stand {
  private readonly first: Open | null = opened({ kase: kase(1), series: [] });
  state = { open: this.first, busy: "", notice: "", settings: { worklist: 9 } };
  submitted = vi.fn();
  openNext = vi.fn(async () => undefined);
  openReading = vi.fn(async () => undefined);
  earlier = { forget: vi.fn() };
  look = { allows: async () => true, howFor: () => "" };
  turning = new Turning(this as unknown as Room);
  update = (): void => undefined;
  tell = (notice: string): void => void (this.state.notice = notice);
  during = async (_: string, failure: string, work: () => Promise<void>): Promise<void> =>
    work().catch((error: Error) => this.tell(`${failure}: ${error.message}`));
  turnTo = (ready: Ready): void => this.reopen(opened(ready));
  reopen = (open: Open): void => {
    this.turning.turned(open, this.state.open);
    this.state.open = open;
  };
  get shown(): number | undefined {
    return this.state.open?.kase.reading.id;
  }
}

const laid = (reading: number) => ({ reading, study_uid: `1.${reading}`, draft_version: 0 });
const next = (reading: number | null, ...ahead: number[]) =>
  ({ reading, draft_version: 0, ahead: ahead.map(laid), progress: null });

/** A reader on reading 1 with reading 2 laid ready. */
async function readerWithOneReady(): Promise<Stand> {
  const room = new Stand();
  room.turning.ahead.expect(1, [laid(2)]);
  await room.turning.ahead.begin(new AbortController().signal);
  return room;
}

/** A request whose answer the test gives. */
function awaited(): { answer: (value: unknown) => void; refuse: (error: Error) => void } {
  let [answer, refuse]: [(value: unknown) => void, (error: Error) => void] = [() => undefined, () => undefined];
  api.submitReading.mockImplementationOnce(() => new Promise((yes, no) => ([answer, refuse] = [yes, no])));
  return { answer: (value) => answer(value), refuse: (error) => refuse(error) };
}

beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("navigator", { onLine: true });
  api.getCase.mockImplementation(async (id: number) => kase(id));
  api.nextCase.mockResolvedValue(next(2, 3));
});

describe("turning to the next case", () => {
  test("the next case is shown before the last is acknowledged, and what follows is asked for after", async () => {
    const room = await readerWithOneReady();
    const request = awaited();
    await room.turning.submit(room.state.open as Open);
    expect([room.shown, api.submitReading.mock.calls.length, room.submitted.mock.calls.length]).toEqual([2, 1, 0]);
    request.answer({ version: 1 });
    await room.turning.settled();
    const asked = [room.submitted, api.nextCase, room.openReading].map((one) => one.mock.calls.length);
    expect(asked).toEqual([1, 1, 0]);
  });

  test("a refusal brings the case back as it was, and says why", async () => {
    const room = await readerWithOneReady();
    const [first, request] = [room.state.open as Open, awaited()];
    await room.turning.submit(first);
    request.refuse(new Refusal(400, { title: "A box is too small." }));
    await room.turning.settled();
    expect(room.state.open).toBe(first);
    expect(room.state.notice).toMatch(/^Not submitted: A box is too small\. You are back at that case/);
  });

  test("a cut connection brings it back too", async () => {
    const room = await readerWithOneReady();
    const request = awaited();
    await room.turning.submit(room.state.open as Open);
    request.refuse(new Unreachable());
    await room.turning.settled();
    expect([room.shown, room.state.notice]).toEqual([1, expect.stringContaining("the service does not answer")]);
  });

  test("without a connection nothing else is shown before the answer", async () => {
    const room = await readerWithOneReady();
    vi.stubGlobal("navigator", { onLine: false });
    const request = awaited();
    const submitting = room.turning.submit(room.state.open as Open);
    await vi.waitFor(() => expect(api.submitReading).toHaveBeenCalled());
    expect(room.shown).toBe(1);
    request.answer({ version: 1 });
    await submitting;
    expect(room.shown).toBe(2);
  });

  test("a case opened out of turn asks the server what comes next", async () => {
    const room = await readerWithOneReady();
    room.state.open = opened({ kase: kase(7), series: [] });
    api.submitReading.mockResolvedValueOnce({ version: 2 });
    await room.turning.submit(room.state.open);
    expect([room.openNext.mock.calls.length, room.shown]).toEqual([1, 7]);
  });

  test("where the server means another case, that one is shown as long as nothing was said", async () => {
    const room = await readerWithOneReady();
    api.submitReading.mockResolvedValueOnce({ version: 1 });
    api.nextCase.mockResolvedValueOnce(next(5, 6));
    await room.turning.submit(room.state.open as Open);
    await room.turning.settled();
    expect(room.openReading).toHaveBeenCalledWith(5);
  });

  test("a case just shown is not handed in by the second of two quick presses", async () => {
    const room = await readerWithOneReady();
    api.submitReading.mockResolvedValueOnce({ version: 1 });
    await room.turning.submit(room.state.open as Open);
    expect(room.turning.isTooSoon(room.state.open as Open)).toBe(true);
  });
});

describe("cases laid ready", () => {
  test("what the server changed since or does not mean any more is let go", async () => {
    const room = await readerWithOneReady();
    const { ahead } = room.turning;
    ahead.expect(1, [{ ...laid(2), draft_version: 1 }]);
    expect(ahead.take(1)).toBeNull();
  });

  test("a case that could not be fetched waits for its turn", async () => {
    const room = new Stand();
    api.getCase.mockRejectedValueOnce(new Unreachable());
    room.turning.ahead.expect(1, [laid(2)]);
    await room.turning.ahead.begin(new AbortController().signal);
    expect(room.turning.ahead.take(1)).toBeNull();
  });
});
