/** An event as the target of a rule receives it. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  /** RFC 3339, to the second. */
  readonly time: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
