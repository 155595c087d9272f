/** Moments and numbers as the reader's own locale writes them. */
const day: Intl.DateTimeFormatOptions = { dateStyle: "medium" };
const moment: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };

/** The text of a <time datetime="…">; "" for a moment that can't be read. */
export function written(iso: string, locale?: string): string {
  const parsed = new Date(iso);
  if (Number.isNaN(parsed.getTime())) return "";
  // A date alone has no time zone: read as UTC it must be written as UTC, or it slips by a day.
  if (/^\d{4}-\d{2}-\d{2}$/.test(iso)) return new Intl.DateTimeFormat(locale, { ...day, timeZone: "UTC" }).format(parsed);
  return new Intl.DateTimeFormat(locale, moment).format(parsed);
}

export function writeTimes(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[datetime]:not([data-written])")) {
    const text = written(element.dateTime);
    if (!text) continue;
    element.title ||= element.dateTime;
    element.textContent = text;
    element.dataset["written"] = "";
  }
}

/** Seconds in the words a person would use; "" when nobody knows. The templates write the same (templatetags/shell.py). */
export function timeLeft(seconds: number | null): string {
  if (seconds === null || seconds <= 0) return "";
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${(seconds / 3600).toFixed(1)} h left`;
}
