import { ReloadingFile } from '@/lib/platform/core/yaml-file';
import { type GatePolicy, parseGatePolicy } from './route-table';

interface PolicyLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** The routes in a file, taken over again whenever it changes. @throws FileError where the first version is bad */
export function openGatePolicy(file: string, log: PolicyLog): ReloadingFile<GatePolicy> {
  return new ReloadingFile<GatePolicy>({
    name: 'gate-routes',
    file,
    parse: parseGatePolicy,
    onChange: ({ hash, table }) =>
      log.info({ file, hash, routes: table.routes.length }, 'gate routes changed'),
    onError: (error) => log.warn({ err: error, file }, 'gate routes not changed: the new file is not valid'),
  });
}
