// Preloaded into every process the launcher starts: when the launcher is gone, stop as if it had asked.
// Node hands --import on to forked children; those belong to somebody else and are left alone.
if (process.ppid === Number(process.env.BULWARK_LAUNCHER_PID)) {
  process.channel?.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
