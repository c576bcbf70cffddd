import { getEnv } from '@/lib/platform/core/env/env';
import { AppError, isAppError } from '@/lib/platform/core/errors';
import { log } from '@/lib/platform/core/log';
import { FileError, type FileProblem, ReloadingFile } from '@/lib/platform/core/yaml-file';
import { type ChecklistDefinition, parseChecklist } from './definition';

/** The definition in force, and why a newer version of the file is not. */
export interface DefinitionState {
  current: ChecklistDefinition;
  problems: readonly FileProblem[];
}

interface Source {
  readonly current: ChecklistDefinition;
  readonly error: FileError | null;
}

let source: Source | undefined;

function openFile(file: string): Source {
  return new ReloadingFile<ChecklistDefinition>({
    name: 'checklist',
    file,
    parse: parseChecklist,
    onChange: ({ hash, objectives }) =>
      log().info({ file, hash, objectives: objectives.length }, 'checklist changed'),
    onError: (err) => log().warn({ err, file }, 'checklist not changed: the new file is not valid'),
  });
}

/** @throws AppError `unavailable`, naming file and line, while no version of the file was ever valid */
export function checklistDefinition(): DefinitionState {
  try {
    source ??= openFile(getEnv().checklistFile);
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new AppError('unavailable', `Could not load the checklist. ${cause.message.split('\n')[0]}`, {
      cause,
    });
  }
  return { current: source.current, problems: source.error?.problems ?? [] };
}

/** Begins to read the file, so that one that cannot be used is seen before anybody opens its page. */
export function watchChecklist(): void {
  try {
    checklistDefinition();
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
}

/** For tests: this text is the checklist of the process; undefined: the file again. */
export function useChecklist(text: string | undefined): void {
  source = text === undefined ? undefined : { current: parseChecklist(text, 'checklist.yaml'), error: null };
}
