import { connect, createServer } from 'node:net';
import { commandLineOf, listenerOn } from './process-facts.mjs';
import { StartError } from './start-error.mjs';

function answers(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const finish = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

function bindError(host, port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(error.code));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)));
  });
}

function whoHolds(port) {
  const pid = listenerOn(port);
  if (!pid) return 'another process';
  const command = commandLineOf(pid);
  return command ? `process ${pid} (${command.slice(0, 80)})` : `process ${pid}`;
}

async function checkPort({ name, host, port, variable }) {
  const code = await bindError(host, port);
  if (code === 'EACCES') {
    throw new StartError(
      `Permission denied for port ${port} (${name}).`,
      `Ports below 1024 belong to root. Choose another: ${variable}=${port + 8000} npm start`,
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    throw new StartError(`This machine has no address ${host} to listen on.`, 'Correct the variable HOST.');
  }
  // "localhost" may mean ::1 to a browser: somebody else there would get our visitors.
  if (!code && !(await answers('127.0.0.1', port)) && !(await answers('::1', port))) return;
  throw new StartError(
    `Port ${port} for ${name} is in use by ${whoHolds(port)}.`,
    `Stop that process, or choose another port: ${variable}=${port + 10} npm start`,
  );
}

/** @param {{ name: string, host: string, port: number, variable: string }[]} wanted */
export async function requireFreePorts(wanted) {
  for (const [index, { port, name, variable }] of wanted.entries()) {
    const twin = wanted.slice(0, index).find((other) => other.port === port);
    if (twin) {
      throw new StartError(
        `Port ${port} is set for both ${twin.name} and ${name}.`,
        `Give them different ports: ${twin.variable}, ${variable}.`,
      );
    }
  }
  for (const each of wanted) await checkPort(each);
}
