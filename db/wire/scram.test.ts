import { describe, expect, it } from 'vitest';
import { ScramClient } from './scram';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;

describe('ScramClient', () => {
  it('follows the exchange of RFC 7677 3', async () => {
    const client = new ScramClient('pencil', NONCE, 'user');
    expect(client.first()).toBe(`n,,n=user,r=${NONCE}`);
    expect(await client.final(SERVER_FIRST)).toBe(
      `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    );
    client.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    client.assertVerified();
  });

  it.each([
    ['another nonce', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['its own nonce alone', `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ['no salt', `r=${NONCE}x,s=,i=4096`],
    ['no iterations', `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0`],
    ['iterations without end', `r=${NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483647`],
    ['nothing', ''],
  ])('refuses a challenge with %s', async (_, challenge) => {
    await expect(new ScramClient('pencil', NONCE).final(challenge)).rejects.toThrow(
      'does not answer this client',
    );
  });

  it('refuses a server that does not know the password, or says nothing of it', async () => {
    const client = new ScramClient('pencil', NONCE, 'user');
    expect(() => client.verify('v=')).toThrow('could not prove');
    await client.final(SERVER_FIRST);
    expect(() => client.verify('v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toThrow('could not prove');
    expect(() => new ScramClient('pencil', NONCE).assertVerified()).toThrow('skipped');
  });
});
