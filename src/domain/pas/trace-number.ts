/** The trace number (TRN02) of a line: how late answers find it. */
export function traceNumberOf(claimIdentifier: string, sequence: number): string {
  return `${claimIdentifier}-${sequence}`
}
