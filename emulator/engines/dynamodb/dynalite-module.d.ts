declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** `path`: a LevelDB folder (default: in memory). `createTableMs`: how long a new table stays in CREATING. */
  export default function dynalite(options: { path?: string; createTableMs?: number }): Server;
}
