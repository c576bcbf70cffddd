import { Status } from '@/components/ui/status';
import type { Tone } from '@/components/ui/tone';
import { WEEKDAYS } from '@/components/ui/weekdays';
import type { RunDto, TargetDto } from '@/lib/assurance/scanners/contract';

export const RUN_WORDS: Record<RunDto['status'], { tone: Tone; word: string }> = {
  queued: { tone: 'neutral', word: 'Waiting' },
  running: { tone: 'info', word: 'Running' },
  imported: { tone: 'success', word: 'Done' },
  failed: { tone: 'danger', word: 'Failed' },
  cancelled: { tone: 'neutral', word: 'Stopped' },
  timed_out: { tone: 'danger', word: 'Timed out' },
};

/** What a run is by itself and by what became of its report. */
function stateOf(run: RunDto): { tone: Tone; word: string } {
  if (run.isCancelling) return { tone: 'neutral', word: 'Stopping' };
  if (run.status !== 'imported') return RUN_WORDS[run.status];
  if (run.scan?.status === 'failed') return { tone: 'danger', word: 'Report not imported' };
  if (run.scan?.status === 'held') return { tone: 'warning', word: 'Held' };
  if (run.scan?.status === 'queued' || run.scan?.status === 'running')
    return { tone: 'info', word: 'Importing' };
  return RUN_WORDS.imported;
}

export function RunState({ run }: { run: RunDto | null }) {
  if (!run) return <Status tone="neutral">Never scanned</Status>;
  const { tone, word } = stateOf(run);
  return <Status tone={tone}>{word}</Status>;
}

export function scheduleWords({ every, runAt, weekday, isEnabled }: TargetDto): string {
  if (!isEnabled) return 'Paused';
  if (every === 'never') return 'On demand';
  if (every === 'hour') return `Every hour at :${runAt.slice(3)}`;
  return every === 'day' ? `Every day at ${runAt}` : `Every ${WEEKDAYS[weekday - 1]} at ${runAt}`;
}

/** What a run found, or why it did not. */
export function outcomeOf(run: RunDto | null): string | null {
  if (!run) return null;
  const found = run.scan?.found;
  if (run.status === 'imported' && found !== null && found !== undefined)
    return found === 0 ? 'Nothing found.' : `${found} found.`;
  return run.sentence;
}
