/** PostgreSQL's own values hold for what is not named here: fsync, full_page_writes and synchronous_commit are on. */
export function serverSettings(
  socket: string,
  replaced: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    listen_addresses: '',
    unix_socket_directories: `"${socket.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: '100',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The details of an error quote rows, and rows hold what the configs say.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    ...replaced,
  };
}
