import { describe, expect, test } from '@jest/globals';
import { manifestOf, readScope } from '../../package/manifest.ts';

describe('the manifest of the package', () => {
  test.each([{}, { PACKAGE_SCOPE: '' }])('is private without a scope: %j', (environment) => {
    expect(manifestOf(readScope(environment))).toMatchObject({ name: '@fractal-webhooks/receiver', private: true });
  });

  test('has the scope of the owner, and can then be published', () => {
    const manifest = manifestOf(readScope({ PACKAGE_SCOPE: '@acme' }));
    expect(manifest.name).toBe('@acme/receiver');
    expect(manifest).not.toHaveProperty('private');
  });

  test.each(['acme', '@acme/receiver', '@Acme', '@', '@a b'])('rejects %j as a scope', (scope) => {
    expect(() => readScope({ PACKAGE_SCOPE: scope })).toThrow(
      `PACKAGE_SCOPE is ${JSON.stringify(scope)}; it must be a scope such as @acme.`,
    );
  });
});
