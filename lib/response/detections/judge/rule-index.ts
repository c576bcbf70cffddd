import type { Maturity } from '@/lib/response/detections/contract';

/** Name, ATT&CK techniques or tactics, tactic names: one public rule. */
type Row = readonly [rule: string, techniques: string, tactics: string];

/**
 * The public rules of Falco by maturity, for events that come without tags (facts of falcosecurity/rules as of 18 June
 * 2026, Apache-2.0). An event's own tags go before this list.
 */
const RULES: Readonly<Record<'stable' | 'incubating' | 'sandbox', readonly Row[]>> = {
  stable: [
    ['Clear Log Activities', 'T1070', 'defense_evasion'],
    ['Contact K8S API Server From Container', 'T1565', 'discovery'],
    ['Create Hardlink Over Sensitive Files', 'T1555', 'credential_access'],
    ['Create Symlink Over Sensitive Files', 'T1555', 'credential_access'],
    ['Debugfs Launched in Privileged Container', 'T1611', 'privilege_escalation'],
    ['Detect release_agent File Container Escapes', 'T1611', 'privilege_escalation'],
    ['Directory traversal monitored file read', 'T1555', 'credential_access'],
    ['Disallowed SSH Connection Non Standard Port', 'T1059', 'execution'],
    ['Drop and execute new binary in container', 'TA0003', 'persistence'],
    ['Execution from /dev/shm', 'T1059.004', 'execution'],
    ['Fileless execution via memfd_create', 'T1620', 'defense_evasion'],
    ['Find AWS Credentials', 'T1552', 'credential_access'],
    ['Linux Kernel Module Injection Detected', 'TA0003', 'persistence'],
    ['Netcat Remote Code Execution in Container', 'T1059', 'execution'],
    ['Packet socket created in container', 'T1557.002', 'credential_access'],
    ['PTRACE anti-debug attempt', 'T1622', 'defense_evasion'],
    ['PTRACE attached to process', 'T1055.008', 'privilege_escalation'],
    ['Read sensitive file trusted after startup', 'T1555', 'credential_access'],
    ['Read sensitive file untrusted', 'T1555', 'credential_access'],
    ['Redirect STDOUT/STDIN to Network Connection in Container', 'T1059', 'execution'],
    ['Remove Bulk Data from Disk', 'T1485', 'impact'],
    ['Run shell untrusted', 'T1059.004', 'execution'],
    ['Search Private Keys or Passwords', 'T1552.001', 'credential_access'],
    ['System user interactive', 'T1059', 'execution'],
    ['Terminal shell in container', 'T1059', 'execution'],
  ],
  incubating: [
    ['Adding ssh keys to authorized_keys', 'T1098.004', 'persistence'],
    ['Backdoored library loaded into SSHD (CVE-2024-3094)', 'T1556', 'initial_access'],
    ['BPF Program Not Profiled', 'TA0003', 'persistence'],
    ['Change namespace privileges via unshare', 'T1611', 'privilege_escalation'],
    ['Change thread namespace', 'T1611', 'privilege_escalation'],
    ['Contact cloud metadata service from container', 'T1565', 'discovery'],
    ['Contact EC2 Instance Metadata Service From Container', 'T1552.005', 'credential_access'],
    ['Create files below dev', 'T1543', 'persistence'],
    ['DB program spawned process', 'T1190', 'execution'],
    ['Delete or rename shell history', 'T1070', 'defense_evasion'],
    ['Exfiltrating Artifacts via Kubernetes Control Plane', 'TA0010', 'exfiltration'],
    ['Launch Excessively Capable Container', 'T1610', 'execution'],
    ['Launch Ingress Remote File Copy Tools in Container', 'TA0011', 'command_and_control'],
    ['Launch Package Management Process in Container', 'T1505', 'persistence'],
    ['Launch Privileged Container', 'T1610', 'execution'],
    ['Launch Remote File Copy Tools in Container', 'T1020', 'exfiltration'],
    ['Launch Suspicious Network Tool in Container', 'T1059', 'execution'],
    ['Launch Suspicious Network Tool on Host', 'T1059', 'execution'],
    ['Modify Shell Configuration File', 'T1546.004', 'persistence'],
    ['Mount Launched in Privileged Container', 'T1611', 'privilege_escalation'],
    ['Network Connection outside Local Subnet', 'T1046', 'discovery'],
    ['Non sudo setuid', 'T1548.001', 'privilege_escalation'],
    [
      'Potential Local Privilege Escalation via Environment Variables Misuse',
      'TA0004',
      'privilege_escalation',
    ],
    ['Program run with disallowed http proxy env', 'T1204', 'execution'],
    ['Read environment variable from /proc files', 'T1083', 'discovery'],
    ['Read ssh information', 'T1005', 'collection'],
    ['Schedule Cron Jobs', 'T1053.003', 'execution'],
    ['Set Setuid or Setgid bit', 'T1548.001', 'privilege_escalation'],
    ['System procs network activity', 'T1059', 'execution'],
    ['Unexpected UDP Traffic', 'TA0011', 'exfiltration'],
    ['User mgmt binaries', 'T1098', 'persistence'],
  ],
  sandbox: [
    ['Basic Interactive Reconnaissance', 'TA0043', 'reconnaissance'],
    ['Container Access to Host Sensitive Paths', 'T1611', 'privilege_escalation'],
    ['Container Drift Detected (chmod)', 'T1059', 'execution'],
    ['Container Drift Detected (open+create)', 'T1059', 'execution'],
    ['Container Run as Root User', 'T1610', 'execution'],
    ['Create Hidden Files or Directories', 'T1564.001', 'defense_evasion'],
    ['Decoding Payload in Container', 'T1132', 'command_and_control'],
    ['Detect crypto miners using the Stratum protocol', 'T1496', 'impact'],
    ['Detect outbound connections to common miner pool ports', 'T1496', 'impact'],
    ['Interpreted procs inbound network activity', 'TA0011', 'exfiltration'],
    ['Interpreted procs outbound network activity', 'TA0011', 'exfiltration'],
    ['Java Process Class File Download', 'T1190', 'initial_access'],
    ['Known Cryptominer Process Executed', 'T1496', 'impact'],
    ['Kubernetes Client Tool Launched in Container', 'T1610', 'execution'],
    ['Launch Disallowed Container', 'T1610', 'lateral_movement'],
    ['Launch Sensitive Mount Container', 'T1610', 'execution'],
    ['Mkdir binary dirs', 'T1222.002', 'persistence'],
    ['Modify binary dirs', 'T1222.002', 'defense_evasion'],
    ['Modify Container Entrypoint', 'T1611', 'initial_access'],
    ['Netcat/Socat Remote Code Execution on Host', 'T1059', 'execution'],
    ['Network Tool Executed During NPM Package Install', 'T1195.002', 'execution'],
    ['Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)', 'TA0004', 'privilege_escalation'],
    ['Privileged Container Device Access', 'T1611', 'privilege_escalation'],
    ['Read Shell Configuration File', 'T1546.004', 'discovery'],
    ['Reverse Shell from Web Server', 'T1059', 'execution'],
    ['Sudo Potential Privilege Escalation', 'T1548.003', 'privilege_escalation'],
    ['Unexpected inbound connection source', 'TA0011', 'command_and_control'],
    ['Unexpected K8s NodePort Connection', 'T1205.001', 'persistence'],
    ['Unprivileged Delegation of Page Faults Handling to a Userspace Process', 'TA0005', 'defense_evasion'],
    ['Update Package Repository', 'T1072', 'execution'],
    ['Web Server Spawned Shell', 'T1505.003', 'persistence execution'],
    ['Web Server Spawned Suspicious Child Process', 'T1059', 'execution'],
    ['Write below binary dir', 'T1543', 'persistence'],
    ['Write below etc', 'T1098', 'persistence'],
    ['Write below monitored dir', 'T1543', 'persistence'],
    ['Write below root', 'TA0003', 'persistence'],
    ['Write below rpm database', 'T1072', 'persistence'],
  ],
};

export interface PublicRule {
  maturity: Maturity;
  techniques: readonly string[];
  tactics: readonly string[];
}

const BY_NAME: ReadonlyMap<string, PublicRule> = new Map(
  Object.entries(RULES).flatMap(([maturity, rows]) =>
    rows.map(([rule, techniques, tactics]): [string, PublicRule] => [
      rule,
      { maturity: maturity as Maturity, techniques: techniques.split(' '), tactics: tactics.split(' ') },
    ]),
  ),
);

/** What is known of a public rule; undefined for a rule of the team's own. */
export const publicRule = (rule: string): PublicRule | undefined => BY_NAME.get(rule);

export const PUBLIC_RULE_NAMES: readonly string[] = [...BY_NAME.keys()];
