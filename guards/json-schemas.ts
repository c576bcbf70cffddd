import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { gatePolicySchema } from '@/lib/access/gate-routes/policy-schema';
import { checklistFile } from '@/lib/assurance/checklist/definition';
import { policyFile } from '@/lib/platform/rate-limit/policy-schema';
import { detectionsFile } from '@/lib/response/detections/policy/policy-schema';

/** The JSON Schema that editors use for a file, generated from the schema that the program checks it with. */
interface EditorSchema {
  path: string;
  title: string;
  schema: z.ZodType;
}

const editorSchemas: readonly EditorSchema[] = [
  { path: 'security/rate-limit.schema.json', title: 'Rate limits of Bulwark', schema: policyFile },
  { path: 'security/gate.schema.json', title: 'Gate routes of Bulwark', schema: gatePolicySchema },
  { path: 'security/checklist.schema.json', title: 'Checklist of Bulwark', schema: checklistFile },
  { path: 'security/detections.schema.json', title: 'Detections of Bulwark', schema: detectionsFile },
];

export function renderJsonSchema({ title, schema }: EditorSchema): string {
  const body = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ ...body, title }, null, 2)}\n`;
}

/** Compares by content: the formatter may lay out the file. */
export function checkJsonSchemas(root: string, schemas: readonly EditorSchema[] = editorSchemas): string[] {
  return schemas.flatMap((entry) => {
    const path = join(root, entry.path);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
    const isSame = JSON.stringify(JSON.parse(text)) === JSON.stringify(JSON.parse(renderJsonSchema(entry)));
    return isSame
      ? []
      : [`${entry.path} differs from the schema in the program. Run npm run verify -- --write.`];
  });
}

export function writeJsonSchemas(root: string, schemas: readonly EditorSchema[] = editorSchemas): void {
  for (const entry of schemas) writeFileSync(join(root, entry.path), renderJsonSchema(entry));
}
