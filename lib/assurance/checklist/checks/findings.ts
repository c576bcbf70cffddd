import { OBSERVATIONS_MAX, type Observation } from '@/lib/assurance/checklist/contract';
import { findingHref, readSevereFindings } from '@/lib/assurance/findings/facts';
import { nothingSeen, type RunCheck, resultOf, seen } from './check';

/** Open findings of the severities that must not be there. Accepted ones are listed, not hidden. */
export const checkFindings: RunCheck<'findings'> = async ({ tenantId, scope, parameters, read }) => {
  const { streams, open, accepted, items } = await read((tx) =>
    readSevereFindings(tx, tenantId, {
      severities: parameters.severities,
      assets: scope.assets,
      limit: OBSERVATIONS_MAX,
    }),
  );
  if (streams === 0) return nothingSeen('not_available', 'No complete scan yet, so the result is unknown.');
  const observations = items.map((row): Observation => {
    const name = `${row.asset}: ${row.ruleId}`;
    const href = findingHref(row.id);
    return row.status === 'open'
      ? seen(name, 'fail', `${row.severity}: ${row.title}`, href)
      : seen(name, 'pass', `accepted, ${row.severity}: ${row.title}`, href);
  });
  const what = parameters.severities.join(' or ');
  const also = accepted > 0 ? ` ${accepted} accepted.` : '';
  const result = resultOf('findings', observations, {
    facts: { open, accepted, streams },
    well: `No open finding is ${what}.${also}`,
  });
  if (open === 0) return { ...result, outcome: 'pass', scopeExpected: streams, scopeCovered: streams };
  return {
    ...result,
    summary: `${open} open ${open === 1 ? 'finding is' : 'findings are'} ${what}.${also}`,
    scopeExpected: streams,
    scopeCovered: streams,
    failingTotal: open,
  };
};
