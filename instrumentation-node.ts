import { installPeerAddress } from '@/lib/auth/peer-address';
import { webReadiness } from '@/lib/core/readiness';

/** A connection that could step around row-level security ends the server here, before its first request. */
export async function prepareServer(): Promise<void> {
  installPeerAddress();
  const { reason, isFatal } = await webReadiness();
  if (!isFatal) return;
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
