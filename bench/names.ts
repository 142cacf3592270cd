/** The compared implementations, in the order of the report. */
export const NAMES = ['ours', 'floor', 'recommended'] as const;
export type Name = (typeof NAMES)[number];

/** The DynamoDB emulators. */
export const ENGINES = ['dynalite', 'amazon'] as const;
export type Engine = (typeof ENGINES)[number];
