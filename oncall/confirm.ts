import { createInterface } from 'node:readline/promises';

/** Asks the user to type exactly `wanted`. Without a terminal, returns `false`. */
export const isConfirmed = async (question: string, wanted: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} Type ${wanted} to confirm, anything else to cancel: `);
  prompt.close();
  return answer.trim() === wanted;
};
