/** The log of the installation has the nil tenant. */
export const INSTALLATION_ID = '00000000-0000-0000-0000-000000000000';

/**
 * How much earlier than its transaction an event's time may lie: the gate stamps a request when it begins, and inserts it
 * when its turn has come (db/gate-insert.ts holds it to this).
 */
export const TIME_SLACK_MS = 30_000;

/** `<host>/log/<tenant>`; of the installation `<host>/log`. A later incarnation adds `/2` and so on. */
export function originOf(host: string, tenantId: string, incarnation: number): string {
  const log = tenantId === INSTALLATION_ID ? `${host}/log` : `${host}/log/${tenantId}`;
  return incarnation === 1 ? log : `${log}/${incarnation}`;
}

/** The origin of the first incarnation: the name that a log's keys are derived from. */
export function familyOf(origin: string): string {
  return origin.replace(/\/([2-9]|[1-9][0-9]+)$/, '');
}

/** Where an event's time is believed; anything else was not written by Bulwark. */
export const EVENT_YEARS = { from: '1990-01-01T00:00:00Z', to: '2280-01-01T00:00:00Z' } as const;
