import type { Sql } from 'postgres';

export interface Server {
  host: string;
  port: number;
  user: string;
  password: string;
  ssl?: 'require' | 'verify-full';
}
export type RoleKey = 'migrator' | 'rw' | 'ro' | 'gate';
export type RolePasswords = Record<RoleKey, string>;
export const ROLES: Record<RoleKey, string>;
export function connectAs(server: Server, database: string, user: string, password: string): Sql;
export function ensureRoles(sql: Sql, passwords: RolePasswords): Promise<void>;
export function ensureDatabase(server: Server, admin: Sql, database: string): Promise<void>;
export function roleUrls(server: Server, database: string, passwords: RolePasswords): Record<RoleKey, string>;
