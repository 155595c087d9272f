/** The card that says why something is marked: beside the mark, inside the window, out of the pointer's way. */
let shown: HTMLElement | null = null;

export function showWhy(card: HTMLElement, mark: HTMLElement): void {
  if (shown !== card) hideWhy();
  shown = card;
  if (!card.matches(":popover-open")) card.showPopover();
  const at = mark.getClientRects()[0] ?? mark.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const below = at.bottom + 8 + height < window.innerHeight;
  card.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - width - 12))}px`;
  card.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - height - 8)}px`;
}

export function hideWhy(): void {
  if (shown?.isConnected && shown.matches(":popover-open")) shown.hidePopover();
  shown = null;
}
