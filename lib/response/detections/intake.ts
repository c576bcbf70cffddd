import type { EventReader } from '@/lib/access/gate/intake-contract';
import { problemText, readAlertmanagerBody, readFalcoBody } from './ingest/read-delivery';

/** What the gate asks for people who send with `?strict=1`. */
export const eventReader: EventReader = {
  problemOf(kind, body, encoding) {
    const sent = { body, bodyBytes: body.length, encoding };
    const { problems } = kind === 'falco' ? readFalcoBody(sent) : readAlertmanagerBody(sent);
    return problemText(problems);
  },
};
