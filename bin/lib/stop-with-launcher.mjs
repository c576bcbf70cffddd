// Preloaded into every process the launcher starts: when the launcher is gone, stop as if it had asked.
process.channel?.unref();
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
