import { defineConfig } from 'vitest/config';

/**
 * unit: beside the source, each part by itself. platform: journeys over the running local platform.
 * claude: the real Claude Code CLI, which is installed on demand (`npm run test:claude`).
 */
export default defineConfig({
  test: {
    // One file for each core: most of them wait for a database or a platform, and the default leaves a core idle.
    maxWorkers: '100%',
    projects: [
      {
        // One graphql for the tests and for the packages that use it: by the field `module` it would be loaded twice, and
        // refuses a schema that the other one made.
        resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
        test: {
          name: 'unit',
          include: [
            '{tenancy,access-token,edge,graphql,billing,local,cli,tests/house,tests/iam,tests/month}/**/*.test.ts',
          ],
          // Property tests and a JVM on two busy cores: nothing here waits, so a long limit hides nothing.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'platform',
          include: ['tests/*.test.ts', 'tests/bedrock/*.test.ts'],
          globalSetup: 'tests/platform.ts',
          // They share one platform, and some kill its processes or stop its regions.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'claude',
          include: ['tests/claude/*.test.ts'],
          globalSetup: 'tests/platform.ts',
          testTimeout: 240_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
