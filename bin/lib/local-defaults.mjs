import { join } from 'node:path';
import { keepLogKey } from './local-state.mjs';

/** The variables of local mode that nobody set: addresses of the built-in database, generated secrets. */
/** @param {string} folder the data folder */
export function localDefaults(env, secrets, urls, folder) {
  const defaults = {
    BULWARK_MODE: 'local',
    AUTH_SECRET: secrets.authSecret,
    KEY_PEPPER: secrets.keyPepper,
    ENCRYPTION_KEY: secrets.encryptionKey,
    LOG_SIGNING_KEY_FILE: keepLogKey(folder, secrets),
    LOG_CHECKPOINT_FILE: join(folder, 'log-checkpoint'),
  };
  if (env.signInProviders.length === 0) defaults.LOCAL_IDP_CLIENT_SECRET = secrets.localIdpClientSecret;
  if (urls) {
    defaults.DATABASE_URL_MIGRATOR = urls.migrator;
    defaults.DATABASE_URL = urls.rw;
    defaults.DATABASE_URL_RO = urls.ro;
    defaults.DATABASE_URL_GATE = urls.gate;
  }
  return defaults;
}

export function withDefaults(variables, defaults) {
  const isSet = (name) => Boolean(variables[name] || variables[`${name}_FILE`]);
  const missing = Object.entries(defaults).filter(
    ([name]) => !isSet(name) && !isSet(name.replace(/_FILE$/, '')),
  );
  return { ...variables, ...Object.fromEntries(missing) };
}
