import { describe, expect, it } from 'vitest';
import { formatVkey } from './note';
import { formatPolicy, isQuorumMet, PolicyError, parsePolicy } from './policy';
import { ed25519Cosigner, ed25519Signer, mlDsa44Cosigner } from './signer';

const seed = (n: number) => new Uint8Array(32).fill(n);
const log = formatVkey(ed25519Signer('log.example', seed(1)).key);
const logQuantum = formatVkey(mlDsa44Cosigner('log.example', seed(2)).key);
const witness = (n: number) => formatVkey(ed25519Cosigner(`w${n}.example`, seed(10 + n)).key);

const TWO_LEVELS = `# Who watches
log ${log} https://log.example/
log ${logQuantum}

  witness X1 ${witness(1)} https://w1.example/submit/
\twitness X2\t${witness(2)}
witness X3 ${witness(3)}
group X-witnesses 2 X1 X2 X3
witness Y1 ${witness(4)}
witness Y2 ${witness(5)}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe('policies of c2sp.org/tlog-policy', () => {
  it('reads the example of the specification and writes it back', () => {
    const policy = parsePolicy(TWO_LEVELS);
    expect(policy.logs.map(({ key, url }) => [key.type, url])).toEqual([
      [1, 'https://log.example/'],
      [6, null],
    ]);
    expect(policy.witnesses.map(({ name, url }) => [name, url])[0]).toEqual([
      'X1',
      'https://w1.example/submit',
    ]);
    expect(parsePolicy(formatPolicy(policy))).toEqual({
      ...policy,
      logs: policy.logs,
    });
  });

  it.each([
    [['X1', 'X2', 'Y1'], true],
    [['X1', 'X3', 'Y1', 'Y2'], true],
    [['X1', 'Y1'], false],
    [['X1', 'X2', 'X3'], false],
    [[], false],
  ])('with %j the quorum is met: %s', (names, isMet) => {
    expect(isQuorumMet(parsePolicy(TWO_LEVELS), new Set(names))).toBe(isMet);
  });

  it('needs nobody where the quorum is none', () => {
    expect(isQuorumMet(parsePolicy('quorum none\n'), new Set())).toBe(true);
  });

  it.each([
    ['', 'no quorum'],
    ['quorum none\nquorum none\n', 'two quorum'],
    ['quorum X1\n', 'not defined'],
    [`witness none ${witness(1)}\nquorum none\n`, 'taken'],
    [`witness A ${witness(1)}\nwitness A ${witness(2)}\nquorum A\n`, 'taken'],
    [`witness A ${witness(1)}\nwitness B ${witness(1)}\nquorum A\n`, 'twice'],
    [`log ${log}\nlog ${log}\nquorum none\n`, 'twice'],
    [`witness A ${log}\nquorum A\n`, 'type'],
    [`log ${witness(1)}\nquorum none\n`, 'type'],
    [`group G 1 A\nwitness A ${witness(1)}\nquorum G\n`, 'not defined'],
    [`witness A ${witness(1)}\ngroup G 2 A\nquorum G\n`, 'threshold'],
    [`witness A ${witness(1)}\ngroup G 0 A\nquorum G\n`, 'threshold'],
    [`witness A ${witness(1)}\ngroup G all\nquorum A\n`, 'members'],
    [`witness A ${witness(1)}\ngroup G all A A\nquorum G\n`, 'two groups'],
    [`witness A ${witness(1)}\ngroup G all A\ngroup H all A G\nquorum H\n`, 'two groups'],
    ['witnesses A\nquorum none\n', 'none of'],
    ['quorum none\u0000\n', 'control'],
    ['log nonsense\nquorum none\n', 'malformed'],
  ])('refuses %j', (text, reason) => {
    expect(() => parsePolicy(text)).toThrow(PolicyError);
    expect(() => parsePolicy(text)).toThrow(reason);
  });

  it('names the line', () => {
    expect(() => parsePolicy('# one\n\nquorum x\n')).toThrow('Line 3');
  });
});
