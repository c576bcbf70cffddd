import { bundlePath } from './app-build.mjs';
import { runScript } from './dependencies.mjs';
import { environmentOf } from './process-plan.mjs';

/** Runs the migrations in a process of their own, the only one that gets the migrator's connection. */
export async function runMigrations(variables) {
  await runScript(bundlePath('migrate'), [], {
    env: environmentOf('migrate', variables),
    failure: 'The database could not be brought to the version of this code.',
    remedy: 'The lines below say why. Nothing was changed by the step that failed.',
  });
  return {};
}
