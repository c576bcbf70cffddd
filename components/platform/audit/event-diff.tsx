import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import type { FieldChange } from './field-changes';

function Value({ value, sign }: { value: string | undefined; sign: '−' | '+' }) {
  if (value === undefined) return <span className="text-faint">not set</span>;
  const tone = sign === '−' ? 'bg-danger-wash text-danger-text' : 'bg-success-wash text-success-text';
  return (
    <code className={`rounded-sm px-1 py-0.5 text-xs break-all ${tone}`}>
      <span aria-hidden="true">{sign} </span>
      {value}
    </code>
  );
}

/** What a change changed, field by field. */
export function EventDiff({ changes }: { changes: readonly FieldChange[] }) {
  return (
    <Table>
      <TableHead>
        <TableRow>
          <TableHeader>Field</TableHeader>
          <TableHeader>Before</TableHeader>
          <TableHeader>After</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {changes.map(({ path, before, after }) => (
          <TableRow key={path}>
            <TableCell>
              <code className="text-xs">{path || 'value'}</code>
            </TableCell>
            <TableCell>
              <Value value={before} sign="−" />
            </TableCell>
            <TableCell>
              <Value value={after} sign="+" />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
