/** The contenders, in the order in which they are shown. */
export const NAMES = ['ours', 'floor', 'recommended'] as const;
export type Name = (typeof NAMES)[number];

/** What plays DynamoDB. */
export const ENGINES = ['dynalite', 'amazon'] as const;
export type Engine = (typeof ENGINES)[number];
