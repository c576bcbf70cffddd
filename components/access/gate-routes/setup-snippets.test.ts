import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IDENTITY_HEADERS } from '@/lib/access/gate/http/identity-headers';
import { PROXIES, PROXY_FILES, setupSnippet } from './setup-snippets';

const ROOT = process.cwd();

describe('the snippets', () => {
  it.each(PROXIES)(
    'of %s ask this installation’s gate, and name a file that handles every header',
    (proxy) => {
      const snippet = setupSnippet(proxy, 'https://gate.example.org');
      expect(snippet).toContain('https://gate.example.org');
      expect(snippet).toContain('/v1/authorize');
      const file = join(ROOT, PROXY_FILES[proxy]);
      expect(existsSync(file)).toBe(true);
      const text = readFileSync(file, 'utf8').toLowerCase();
      for (const header of IDENTITY_HEADERS) expect(text).toContain(header.toLowerCase());
    },
  );
});
