import Link from 'next/link';
import { Badge } from '@/components/ui/badge';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import type { RateLimitsDto } from '@/lib/platform/rate-limit/contract';
import { matchWords, perWords, STORE_FAILURE_WORDS, windowWords } from './limit-words';

const linkClass = 'text-accent-text underline underline-offset-2';

type Rule = RateLimitsDto['rules'][number];

function Count({ rule }: { rule: Rule }) {
  if (rule.mode === 'shadow') {
    return rule.shadowed === 0 ? (
      <span className="text-faint">0</span>
    ) : (
      <Link href={rule.shadowedHref} className={linkClass}>
        {rule.shadowed.toLocaleString('en')} would be denied
      </Link>
    );
  }
  if (rule.refused === 0) return <span className="text-faint">0</span>;
  return (
    <Link href={rule.refusedHref} className={linkClass}>
      {rule.refused.toLocaleString('en')}
    </Link>
  );
}

function RuleRow({ rule }: { rule: Rule }) {
  const match = matchWords(rule);
  return (
    <StackedRow>
      <TableCell className="max-w-80 min-w-44 align-top">
        <span className="flex flex-wrap items-center gap-2">
          <code className="font-mono font-medium">{rule.name}</code>
          {rule.mode === 'shadow' ? <Badge tone="info">Shadow</Badge> : null}
        </span>
        {rule.description ? <span className="block text-muted text-xs">{rule.description}</span> : null}
      </TableCell>
      <TableCell className="min-w-32 align-top whitespace-nowrap">
        {rule.windows.map((window) => (
          <span key={window.name} className="block">
            {windowWords(window)}
          </span>
        ))}
        {rule.cost > 1 ? <span className="block text-faint text-xs">each counts {rule.cost}</span> : null}
      </TableCell>
      <TableCell className="min-w-32 align-top">{perWords(rule.per)}</TableCell>
      <TableCell className="min-w-40 align-top">
        {rule.counts === 'failed_keys' ? (
          'Keys that do not exist'
        ) : match ? (
          <span className="break-words">{match}</span>
        ) : (
          'Everything'
        )}
      </TableCell>
      <TableCell className="align-top whitespace-nowrap">
        {STORE_FAILURE_WORDS[rule.onStoreFailure]}
      </TableCell>
      <TableCell numeric className="align-top">
        {rule.line}
      </TableCell>
      <TableCell numeric className="align-top whitespace-nowrap">
        <Count rule={rule} />
      </TableCell>
    </StackedRow>
  );
}

/** What is in force, in the order of the file. */
export function RulesTable({ rules }: { rules: readonly Rule[] }) {
  return (
    <StackedTable
      columns={[
        'Limit',
        'Quota',
        'Counted per',
        'Requests',
        'Without Redis',
        { name: 'Line', numeric: true },
        { name: 'Denied, last hour', numeric: true },
      ]}
    >
      {rules.map((rule) => (
        <RuleRow key={rule.name} rule={rule} />
      ))}
    </StackedTable>
  );
}
