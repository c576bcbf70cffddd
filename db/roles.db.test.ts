import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRoles, scramVerifier } from './roles';
import { createTestDatabase, type TestDatabase } from './test/template';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const renamed = (url: string, name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;

function connections(name: string) {
  const { superuser: _superuser, ...urls } = database.urls;
  return Object.fromEntries(
    Object.entries(urls).map(([key, url]) => [key, renamed(url, name)]),
  ) as typeof urls;
}

async function query(url: string, text: string): Promise<postgres.Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end();
  }
}

describe('scramVerifier', () => {
  it('equals the example of RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});

describe('makeRoles', () => {
  it('makes roles that can sign in, and a database closed to others, twice without harm', async () => {
    const name = `${database.name}_made`;
    const urls = connections(name);
    try {
      for (let i = 0; i < 2; i++) {
        expect(await makeRoles(database.urls.superuser, urls)).toEqual({
          database: name,
          roles: ['bulwark_migrator', 'app_rw', 'app_ro', 'app_gate'],
        });
      }
      for (const url of Object.values(urls)) {
        const [row] = await query(url, 'select current_user as name');
        expect(row?.name).toBe(decodeURIComponent(new URL(url).username));
      }
      const [rights] = await query(
        database.urls.superuser,
        `select has_database_privilege('public', '${name}', 'connect') as open`,
      );
      expect(rights?.open).toBe(false);
    } finally {
      await query(database.urls.superuser, `drop database if exists ${name} with (force)`);
    }
  });

  it.each([
    ['another user', { rw: 'postgres://somebody:x@127.0.0.1/bulwark' }, /app_rw names the user somebody/],
    ['no password', { ro: 'postgres://app_ro@127.0.0.1/bulwark' }, /app_ro has no password/],
    [
      'another database',
      { gate: 'postgres://app_gate:x@127.0.0.1/elsewhere' },
      /two databases, bulwark and elsewhere/,
    ],
    ['a strange name', { rw: 'postgres://app_rw:x@127.0.0.1/Bul%22wark' }, /must be 1 to 63 lower-case/],
  ])('refuses connections with %s', async (_what, change, sentence) => {
    await expect(
      makeRoles(database.urls.superuser, { ...connections('bulwark'), ...change }),
    ).rejects.toThrow(sentence);
  });
});
