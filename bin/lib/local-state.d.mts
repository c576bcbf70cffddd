export interface Secrets {
  superuserPassword: string;
  rolePasswords: Record<'migrator' | 'rw' | 'ro' | 'gate', string>;
  authSecret: string;
  keyPepper: string;
  encryptionKey: string;
  logSigningKey: string;
  localIdpClientSecret: string;
}
export function keepSecrets(folder: string, databaseExists: boolean): Secrets;
