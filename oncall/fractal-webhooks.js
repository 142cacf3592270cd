#!/usr/bin/env node
import '../node-24.js';
import { enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { BUNDLE, bundleIfChanged } from './bundle.js';

await bundleIfChanged();
enableCompileCache?.(dirname(BUNDLE));
await import(BUNDLE);
