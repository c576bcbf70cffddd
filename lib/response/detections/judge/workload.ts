/** The alphabet of Kubernetes' generated names: no vowels, nothing that looks like another letter (rand.SafeEncode). */
const SAFE = '[bcdfghjklmnpqrstvwxz2456789]';
/** A Deployment's ReplicaSet hash and pod suffix; older hashes are hexadecimal, a CronJob's is a number of minutes. */
const TWO_SUFFIXES = new RegExp(
  `^(.+)-(?:${SAFE}{6,10}|(?=[a-f]*[0-9][a-f]*[0-9])[a-f0-9]{8,10}|[0-9]{5,10})-[a-z0-9]{5}$`,
);
const ONE_SUFFIX = new RegExp(`^(.+)-(${SAFE}{5})$`);
const ORDINAL = /^(.+)-\d{1,4}$/;
/** Words that are spelled with that alphabet alone. */
const WORDS = new Set(['httpd', 'tftpd', 'lldpd', 'nfsvc']);
const hasDigit = (text: string) => /\d/.test(text);

/** What a pod belongs to: its name without what Kubernetes generated. */
export function workloadOf(pod: string): string {
  const two = TWO_SUFFIXES.exec(pod);
  if (two?.[1] && hasDigit(pod.slice(two[1].length))) return two[1];
  const one = ONE_SUFFIX.exec(pod);
  if (one?.[1] && one[2] && !WORDS.has(one[2])) return one[1];
  return ORDINAL.exec(pod)?.[1] ?? pod;
}
