import Link from 'next/link';
import { visibleText } from '@/components/ui/visible-text';
import type { ExceptionReplayDto } from '@/lib/response/detections/exception-contract';
import { countWords } from './detection-words';

/** What an exception would have covered, and in which groups. */
export function Replay({ replay }: { replay: ExceptionReplayDto }) {
  const { events, covered, compared, isExact, isCut, groups } = replay;
  const about = isExact ? '' : 'about ';
  return (
    <div className="flex flex-col gap-1.5 text-sm">
      <p>
        {covered === 0
          ? `None of ${countWords(events, 'event', 'events')} of this rule in the last 90 days would have been covered.`
          : `It would have covered ${about}${covered.toLocaleString('en')} of ${countWords(events, 'event', 'events')} of this rule in the last 90 days.`}
      </p>
      {isExact ? null : (
        <p className="text-muted">
          {isCut
            ? `Only the newest ${compared.toLocaleString('en')} were compared.`
            : 'Of floods only samples are kept; each stands for several events.'}
        </p>
      )}
      {groups.length > 0 ? (
        <ul className="flex flex-col gap-0.5">
          {groups.map(({ id, scope, covered: own }) => (
            <li key={id} className="flex gap-3">
              <Link
                href={`/detections?from=now-400d&q=state:any&open=${id}`}
                prefetch={false}
                className="min-w-0 truncate text-accent-text underline"
              >
                {visibleText(scope)}
              </Link>
              <span className="shrink-0 text-faint">{own.toLocaleString('en')}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
