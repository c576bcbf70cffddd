import type { IntegrityDto } from '@/lib/platform/sealing/contract';

export const leavesText = (count: number) =>
  `${count.toLocaleString('en')} ${count === 1 ? 'leaf' : 'leaves'}`;

/** What the log as it is configured can show, and what it cannot. */
export function proofOf({
  installation,
  hasCheckpointFile,
  witness,
}: Pick<IntegrityDto, 'installation' | 'hasCheckpointFile' | 'witness'>): {
  proves: string;
  doesNot: string;
} {
  if (installation?.signedAt == null) {
    return {
      proves: 'Only that events match the hashes in the same database.',
      doesNot:
        'No checkpoint is signed, so whoever can write to the database can replace events and hashes together. Set LOG_SIGNING_KEY_FILE for the worker.',
    };
  }
  if (witness) {
    return {
      proves:
        'Witnesses have cosigned the checkpoints, so no one can rewrite sealed events unseen: not the owner of the database, and not whoever holds the signing key.',
      doesNot: 'An event can still be changed in the seconds before it is sealed.',
    };
  }
  return hasCheckpointFile
    ? {
        proves:
          'Changes to the database are found, and so is a restored backup: the worker keeps each checkpoint in a file outside the database.',
        doesNot:
          'Whoever holds the signing key, the database and that file can rewrite all three. A witness on another host rules this out: set LOG_WITNESS_POLICY_FILE for the worker.',
      }
    : {
        proves: 'Changes by anyone who has the database but not the signing key are found.',
        doesNot:
          'A restored backup can pass for the full log. Set LOG_CHECKPOINT_FILE to a path outside the database, or add a witness with LOG_WITNESS_POLICY_FILE.',
      };
}
