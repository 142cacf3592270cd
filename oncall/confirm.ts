import { createInterface } from 'node:readline/promises';

/** Asks a person at a terminal to type exactly this; `false` where there is no terminal. */
export const isConfirmed = async (question: string, wanted: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} Type ${wanted} to do it, anything else to leave it: `);
  prompt.close();
  return answer.trim() === wanted;
};
