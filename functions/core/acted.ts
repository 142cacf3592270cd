/** The attribute in which an actor of the reader remembers what it acted on. */
export const actedAttribute = (name: string): string => `acted_${name}`;
