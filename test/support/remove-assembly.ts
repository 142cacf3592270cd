import { rm } from 'node:fs/promises';
import { assemblyFolder } from './assembly-folder.ts';

export default async function removeAssembly(): Promise<void> {
  await rm(assemblyFolder(), { recursive: true, force: true });
}
