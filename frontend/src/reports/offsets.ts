/** From what a person selected to characters of the stored text: every piece of text says in data-s where it begins. */

/** A place in the document: the text node's piece and the characters before it within the piece. */
export interface Place {
  readonly piece: number;
  readonly within: number;
}

/** The server counts code points: a sign of two halves is one of them. */
const lengthOf = (text: string): number => [...text].length;

/** Start before end, white space at either side left out; null where nothing is left. */
export function span(text: string, from: Place, to: Place): [number, number] | null {
  const [a, b] = [from.piece + from.within, to.piece + to.within];
  const [start, end] = a < b ? [a, b] : [b, a];
  const words = [...text].slice(0, end - start).join("");
  const lead = lengthOf(words) - lengthOf(words.trimStart());
  const tail = lengthOf(words) - lengthOf(words.trimEnd());
  return start + lead < end - tail ? [start + lead, end - tail] : null;
}

/** Where a range's end lies; null outside of the report's text. */
function placeOf(node: Node, offset: number): Place | null {
  const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : (node.childNodes[offset] as Element | undefined) ?? (node as Element);
  const piece = element?.closest?.<HTMLElement>("[data-s]") ?? element?.querySelector?.<HTMLElement>("[data-s]");
  if (!piece) return null;
  return { piece: Number(piece.dataset["s"]), within: node.nodeType === Node.TEXT_NODE ? lengthOf((node.textContent ?? "").slice(0, offset)) : 0 };
}

/** What is selected inside `root`, as a span of the stored text. */
export function selectedSpan(root: HTMLElement): [number, number] | null {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.commonAncestorContainer)) return null;
  const from = placeOf(range.startContainer, range.startOffset);
  const to = placeOf(range.endContainer, range.endOffset);
  return from && to ? span(range.toString(), from, to) : null;
}
