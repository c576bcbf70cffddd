import type { DetectionKind } from '@/lib/response/detections/contract';
import { storableText } from '@/lib/response/detections/parse/fields';
import { type JsonObject, memberOf, textOf } from '@/lib/response/detections/parse/lossless-json';

/** An exception that is in force. */
export interface ActiveException {
  /** Its id, or `file:<place>` for one of security/detections.yaml. */
  id: string;
  kind: DetectionKind;
  rule: string;
  fields: Readonly<Record<string, string>>;
}

/** Whether every field has exactly that value, as people read it. */
export function hasFields(values: JsonObject, fields: Readonly<Record<string, string>>): boolean {
  return Object.entries(fields).every(([name, wanted]) => {
    const value = memberOf(values, name);
    return value !== undefined && storableText(textOf(value)) === wanted;
  });
}

/** Exceptions by their rule: most events have none to be compared with. */
export class ExceptionSet {
  private readonly byRule: ReadonlyMap<string, readonly ActiveException[]>;

  constructor(exceptions: readonly ActiveException[]) {
    this.byRule = Map.groupBy(exceptions, ({ kind, rule }) => `${kind} ${rule}`);
  }

  /** The first that covers the event; null where none does. */
  covering(kind: DetectionKind, rule: string, values: JsonObject): ActiveException | null {
    const candidates = this.byRule.get(`${kind} ${rule}`) ?? [];
    return candidates.find(({ fields }) => hasFields(values, fields)) ?? null;
  }
}
