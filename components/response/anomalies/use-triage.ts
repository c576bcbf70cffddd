import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { ANOMALY_STATES, type AnomalyDto, type AnomalyState } from '@/lib/response/anomalies/contract';
import { anomalyKeys } from './anomalies.queries';

interface Triage {
  anomaly: AnomalyDto;
  state: AnomalyState;
  note?: string;
  isUndo?: boolean;
}

/** Judges an anomaly; can be undone. */
export function useTriage() {
  const triage = useAction<Triage>({
    run: ({ anomaly, state, note, isUndo }) =>
      apiFetch(`/anomalies/${anomaly.id}`, {
        method: 'PATCH',
        body: { state, ...(note === undefined ? {} : { note }) },
        ifMatch: isUndo ? undefined : `"${anomaly.version}"`,
      }),
    refresh: [anomalyKeys.all],
    done: ({ anomaly, state, isUndo }) => ({
      title: state === 'open' ? 'Anomaly reopened' : `Marked as ${ANOMALY_STATES[state].toLowerCase()}`,
      undo: isUndo
        ? undefined
        : () =>
            triage.mutate({
              anomaly,
              state: anomaly.state === 'ended' ? 'open' : anomaly.state,
              isUndo: true,
            }),
    }),
    failed: 'Could not update the anomaly',
  });
  return triage;
}
