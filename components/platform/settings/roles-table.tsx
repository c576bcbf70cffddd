import { Check, Minus } from 'lucide-react';
import { Panel } from '@/components/ui/panel';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import {
  KEY_ONLY_SCOPES,
  PERMISSION_NAMES,
  PERMISSIONS,
  ROLE_PERMISSIONS,
} from '@/lib/platform/auth/contract';
import { ROLES } from '@/lib/platform/tenancy/contract';

const PEOPLE_PERMISSIONS = PERMISSION_NAMES.filter((name) => !KEY_ONLY_SCOPES.includes(name));

function Allowed({ isAllowed }: { isAllowed: boolean }) {
  return isAllowed ? (
    <span className="inline-flex items-center gap-1.5 text-success-text">
      <Check aria-hidden />
      Yes
    </span>
  ) : (
    <span className="inline-flex items-center gap-1.5 text-faint">
      <Minus aria-hidden />
      No
    </span>
  );
}

/** The permission table as the code applies it: the same constant decides. */
export function RolesTable() {
  return (
    <Panel className="overflow-x-auto">
      <Table>
        <TableHead>
          <TableRow>
            <TableHeader>Permission</TableHeader>
            {ROLES.map((role) => (
              <TableHeader key={role} className="w-28 capitalize">
                {role}
              </TableHeader>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {PEOPLE_PERMISSIONS.map((name) => (
            <TableRow key={name}>
              <TableCell>
                <span className="flex flex-wrap items-baseline gap-x-3">
                  <span>{PERMISSIONS[name]}</span>
                  <code className="text-faint text-xs">{name}</code>
                </span>
              </TableCell>
              {ROLES.map((role) => (
                <TableCell key={role}>
                  <Allowed isAllowed={ROLE_PERMISSIONS[role].includes(name)} />
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}
