/** The script of the worker, to be given to a bundler as an entry of its own. It exports nothing: `workerUrl` names it. */
export {};
