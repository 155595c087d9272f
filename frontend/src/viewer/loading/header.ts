/** Reading DICOM JSON (PS3.18 F). Pure. */
export type Header = Readonly<Record<string, { vr: string; Value?: readonly unknown[]; InlineBinary?: string }>>;

export function text(header: Header, tag: string, index = 0): string {
  const value = header[tag]?.Value?.[index];
  return value === undefined || value === null ? "" : String(value);
}

export function numbers(header: Header, tag: string): number[] {
  return (header[tag]?.Value ?? []).map(Number).filter((value) => !Number.isNaN(value));
}
