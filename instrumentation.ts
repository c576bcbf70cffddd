/** Called once by Next before the first request. A connection that could step around row-level security ends it here. */
export async function register(): Promise<void> {
  const { installPeerAddress } = await import('@/lib/auth/peer-address');
  const { webReadiness } = await import('@/lib/core/readiness');
  installPeerAddress();
  const { reason, isFatal } = await webReadiness();
  if (!isFatal) return;
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
