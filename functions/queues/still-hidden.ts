/** How many messages other readers still hold after `seen` messages were received, given the counts from before. */
export const stillHidden = ({ count, hidden }: { readonly count: number; readonly hidden: number }, seen: number): number =>
  Math.min(hidden, Math.max(0, count + hidden - seen));
