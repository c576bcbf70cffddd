import { visibleText } from '@/components/ui/visible-text';
import type { ProcessDto } from '@/lib/response/detections/view-contract';

/** The process with its ancestors as far as the event names them, the oldest first. */
export function ProcessTree({ processes }: { processes: readonly ProcessDto[] }) {
  return (
    <ol className="flex flex-col gap-1.5 text-sm">
      {processes.map(({ generation, name, commandLine, executable, pid }, depth) => (
        <li
          key={generation}
          className="flex flex-col gap-0.5 border-line border-l pl-3"
          style={{ marginInlineStart: `${Math.min(depth, 8) * 12}px` }}
        >
          <span className="flex flex-wrap items-baseline gap-x-3">
            <span className={generation === 0 ? 'font-medium' : undefined}>{visibleText(name)}</span>
            {pid ? <span className="text-faint text-xs">PID {visibleText(pid)}</span> : null}
            <span className="sr-only">
              {generation === 0 ? 'the process itself' : `ancestor ${generation}`}
            </span>
          </span>
          {commandLine && commandLine !== name ? (
            <code className="text-xs break-all text-muted">{visibleText(commandLine)}</code>
          ) : null}
          {executable && executable !== name ? (
            <code className="text-xs break-all text-faint">{visibleText(executable)}</code>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
