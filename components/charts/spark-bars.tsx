import { cn } from '@/components/ui/cn';

export interface SparkBarsProps {
  /** Accessible name with the numbers: "412 requests in 36 hours, 3 refused, most 40 in one hour". */
  label: string;
  /** Oldest first, usually 36 hours. */
  values: readonly number[];
  /** Part of each value that was refused or failed; drawn on top. */
  errors?: readonly number[];
  className?: string;
}

const BAR = 2;
const STEP = 3;
const HEIGHT = 20;

/** Bars as small as a word. No data is a baseline, not a zero-high bar. */
export function SparkBars({ label, values, errors = [], className }: SparkBarsProps) {
  const max = Math.max(1, ...values);
  const width = values.length * STEP - (STEP - BAR);
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      className={cn('block shrink-0', className)}
    >
      {values.map((value, index) => {
        const height = value > 0 ? Math.max(2, Math.round((value / max) * (HEIGHT - 1))) : 0;
        const failed = Math.min(errors[index] ?? 0, value);
        const failedHeight = failed > 0 ? Math.max(2, Math.round((failed / max) * (HEIGHT - 1))) : 0;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in time
          <g key={index}>
            <rect x={index * STEP} y={HEIGHT - 1} width={BAR} height={1} className="fill-line-strong" />
            {height > 0 ? (
              <rect x={index * STEP} y={HEIGHT - height} width={BAR} height={height} className="fill-faint" />
            ) : null}
            {failedHeight > 0 ? (
              <rect
                x={index * STEP}
                y={HEIGHT - height}
                width={BAR}
                height={Math.min(failedHeight, height)}
                className="fill-danger"
              />
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
