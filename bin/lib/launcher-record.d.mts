export function takeOver(folder: string): Promise<string[]>;
export function noteChildren(folder: string, children: { name: string; pid: number }[]): void;
export function release(folder: string): void;
