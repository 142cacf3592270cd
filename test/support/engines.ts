import { spawnSync } from 'node:child_process';
import { inFull } from './effort.ts';

const javaIsThere = spawnSync('java', ['-version']).status === 0;

if (!javaIsThere) {
  const message = "JAVA IS MISSING: nothing is tested against Amazon's own DynamoDB Local. Install Java 11 or later.";
  if (process.env.CI) throw new Error(message);
  console.warn(`\n${'!'.repeat(message.length)}\n${message}\n${'!'.repeat(message.length)}\n`);
}

/** The engines that can play DynamoDB on this machine. */
export const DYNAMODB_ENGINES = javaIsThere ? (['dynalite', 'amazon'] as const) : (['dynalite'] as const);

/** The engines that a whole local stack is started with: in a sample not with Java, which alone takes as long to start as all else. */
export const STACK_ENGINES = inFull ? DYNAMODB_ENGINES : (['dynalite'] as const);
