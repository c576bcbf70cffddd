/** The variables of local mode that nobody set: addresses of the built-in database, generated secrets. */
export function localDefaults(env, secrets, urls) {
  const defaults = {
    BULWARK_MODE: 'local',
    AUTH_SECRET: secrets.authSecret,
    KEY_PEPPER: secrets.keyPepper,
    ENCRYPTION_KEY: secrets.encryptionKey,
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
  const missing = Object.entries(defaults).filter(([name]) => !variables[name] && !variables[`${name}_FILE`]);
  return { ...variables, ...Object.fromEntries(missing) };
}
