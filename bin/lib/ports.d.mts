export interface WantedPort {
  name: string;
  host: string;
  port: number;
  variable: string;
}
export function requireFreePorts(wanted: WantedPort[]): Promise<void>;
