/** The report beside the image: its marks lead to findings, the images it speaks of are opened by a click. */
import { html, nothing, type TemplateResult } from "lit";

import { isAbout, type Link, lookOf, type Mention, type Piece, piecesOf } from "../../session/report";
import * as acts from "../acts";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { findingOf, type Open } from "../state";

const SAID = { present: "present", absent: "absent", equivocal: "equivocal", aside: "not counted" };

export function report(room: Room, stage: Stage, open: Open): TemplateResult | typeof nothing {
  const { report, report_marks } = open.kase;
  if (report === null) return nothing;
  return html`<details class="report" ?open=${room.state.isReportOpen} @toggle=${(event: Event) => {
      room.state.isReportOpen = (event.target as HTMLDetailsElement).open;
    }}><summary>Report</summary>
    <p>${piecesOf(report, report_marks).map((one) => piece(room, stage, open, one))}</p></details>`;
}

function piece(room: Room, stage: Stage, open: Open, one: Piece): TemplateResult | string {
  const marked = one.mention ? mention(room, open, one.mention, one) : one.text;
  return one.link ? link(stage, open, one.link, marked) : (marked as TemplateResult | string);
}

function mention(room: Room, open: Open, told: Mention, one: Piece): TemplateResult {
  const finding = open.kase.findings.find(({ code }) => isAbout(told, code)) ?? null;
  const inHand = findingOf(open, open.inHand);
  const look = lookOf(told);
  const isInHand = inHand !== null && isAbout(told, inHand.code);
  const css = `mention ${look} ${one.isFirst ? "first" : ""} ${isInHand ? "in-hand" : ""}`;
  const says = `${told.finding}: the report says ${SAID[look]}`;
  if (!finding) return html`<span class=${css} title=${says}>${one.text}</span>`;
  return html`<button type="button" class=${css} title=${`${says}. Click: take ${finding.name} in hand`} aria-label=${`${one.text}, ${says}`}
    @click=${() => acts.take(room, finding.id)}>${one.text}</button>`;
}

function link(stage: Stage, open: Open, told: Link, words: unknown): TemplateResult {
  const place = placeOf(open, told);
  if (!place) return html`<span class="image-link none" title="The study holds no such image">${words}</span>`;
  return html`<button type="button" class="image-link" title="Show this image" @click=${() => void go(stage, open, place)}>${words}</button>`;
}

interface Place {
  readonly series: number;
  readonly index: number;
}

export function placeOf(open: Open, told: Pick<Link, "instance_id" | "frame">): Place | null {
  for (const [series, images] of open.series.entries()) {
    const index = images.findIndex((one) => one.instanceId === told.instance_id && one.frame === told.frame);
    if (index >= 0) return { series, index };
  }
  return null;
}

export async function go(stage: Stage, open: Open, { series, index }: Place): Promise<void> {
  try {
    await stage.reveal(open, series, index);
  } catch (error) {
    stage.fail(error);
  }
}
