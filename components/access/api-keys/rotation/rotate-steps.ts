import type { KeyDto, RotateKeyInput } from '@/lib/access/api-keys/contract';
import { DAY_MS, parseDuration } from '@/lib/platform/core/clock';
import { exactDuration } from './duration';
import { liveVersions } from './rotation-state';

/** How long a new secret usually waits for its deployment, at most. */
const PICKUP_MAX_MS = 30 * DAY_MS;

export type RotateStep = { when: string; what: string };

function versionNumbers(key: KeyDto) {
  const live = liveVersions(key);
  const numberOf = (state: string) => live.find((version) => version.state === state)?.number ?? null;
  return {
    next: Math.max(0, ...key.versions.map(({ number }) => number)) + 1,
    current: numberOf('current'),
    pending: numberOf('pending'),
    grace: numberOf('grace'),
  };
}

/** When the old secret ends if the clock starts at `startMs`: never later than the key itself. */
export function graceEnd(key: Pick<KeyDto, 'expiresAt'>, graceMs: number, startMs: number): Date {
  const wantedMs = startMs + graceMs;
  return new Date(key.expiresAt === null ? wantedMs : Math.min(wantedMs, Date.parse(key.expiresAt)));
}

interface StepContext {
  key: KeyDto;
  graceMs: number;
  nowMs: number;
  format: (date: Date) => string;
  next: number;
  current: number;
  /** Sentences about other secrets that go: empty where there are none. */
  older: string;
  replaced: string;
}

function stepsFromNow({
  key,
  graceMs,
  nowMs,
  format,
  next,
  current,
  older,
  replaced,
}: StepContext): RotateStep[] {
  if (graceMs === 0) {
    const what = `Version ${next} is created and works. Version ${current} stops working.${older}${replaced}`;
    return [{ when: 'Now', what }];
  }
  const ends = graceEnd(key, graceMs, nowMs);
  const withKey = ends.getTime() < nowMs + graceMs ? ', together with the key, which expires then' : '';
  return [
    {
      when: 'Now',
      what: `Version ${next} is created and works. Version ${current} keeps working.${older}${replaced}`,
    },
    { when: format(ends), what: `Version ${current} stops working${withKey}.` },
  ];
}

/** Whether the key's own end is near enough to matter for a clock that starts some day soon. */
function mayExpireFirst({ expiresAt }: Pick<KeyDto, 'expiresAt'>, graceMs: number, nowMs: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) < nowMs + graceMs + PICKUP_MAX_MS;
}

function stepsFromFirstUse({
  key,
  graceMs,
  nowMs,
  next,
  current,
  older,
  replaced,
}: StepContext): RotateStep[] {
  const made = {
    when: 'Now',
    what: `Version ${next} is created and works. Version ${current} keeps working.${replaced}`,
  };
  const when = `First use of version ${next}`;
  if (graceMs === 0) return [made, { when, what: `Version ${current} stops working.${older}` }];
  const orEarlier = mayExpireFirst(key, graceMs, nowMs) ? ', or earlier when the key expires' : '';
  return [
    made,
    { when, what: `The grace period of version ${current} starts.${older}` },
    { when: `${exactDuration(graceMs)} after that`, what: `Version ${current} stops working${orEarlier}.` },
  ];
}

function stepsAtOnce(numbers: ReturnType<typeof versionNumbers>, replaced: string): RotateStep[] {
  const gone = [numbers.current, numbers.grace]
    .filter((number) => number !== null)
    .map((number, index) => `${index === 0 ? 'Version' : 'version'} ${number}`);
  const stopped =
    gone.length > 0 ? ` ${gone.join(' and ')} ${gone.length > 1 ? 'stop' : 'stops'} working.` : '';
  return [{ when: 'Now', what: `Version ${numbers.next} is created and works.${stopped}${replaced}` }];
}

/** What a rotation with this input will do, step by step. `format` writes a moment. */
export function rotateSteps(
  key: KeyDto,
  input: Pick<RotateKeyInput, 'grace' | 'start' | 'compromised'>,
  nowMs: number,
  format: (date: Date) => string,
): RotateStep[] {
  const numbers = versionNumbers(key);
  const { next, current, pending, grace } = numbers;
  const replaced = pending === null ? '' : ` Version ${pending}, which was never used, is cancelled.`;
  if (input.compromised || current === null) return stepsAtOnce(numbers, replaced);
  const older = grace === null ? '' : ` Version ${grace} is retired.`;
  const graceMs = parseDuration(input.grace ?? '24h') ?? 0;
  const context = { key, graceMs, nowMs, format, next, current, older, replaced };
  return input.start === 'now' ? stepsFromNow(context) : stepsFromFirstUse(context);
}
