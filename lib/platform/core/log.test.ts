import { describe, expect, it } from 'vitest';
import { loggedError } from './log';

class FailedQuery extends Error {
  override readonly name = 'DrizzleQueryError';
  query = 'insert into user_account (email) values ($1)';
  params = ['ada@example.com'];

  constructor() {
    super('Failed query: insert into user_account (email) values ($1)\nparams: ada@example.com');
    this.cause = Object.assign(new Error('duplicate key value'), {
      code: '23505',
      detail: 'Key (email)=(ada@example.com)',
    });
  }
}

describe('loggedError', () => {
  it('keeps kind, code and frames of a failed query, never its values', () => {
    const logged = loggedError(new FailedQuery());
    expect(logged).toMatchObject({
      type: 'DrizzleQueryError',
      message: 'A query failed',
      cause: { code: '23505' },
    });
    expect(logged.stack).toMatch(/log\.test\.ts/);
    expect(JSON.stringify(logged)).not.toContain('ada@');
  });

  it('keeps the message of other errors, and ends on causes that go round', () => {
    const error = new Error('outer');
    error.cause = error;
    expect(loggedError(error)).toMatchObject({
      type: 'Error',
      message: 'outer',
      cause: { message: 'outer' },
    });
    expect(loggedError('thrown text')).toMatchObject({ type: 'string', message: 'thrown text' });
  });
});
