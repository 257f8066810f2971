/** Text beside the log: whoever reads it may have gone, which is no reason to end. */
export function say(stream: NodeJS.WriteStream, text: string): void {
  // The error of a file is thrown, that of a pipe comes later.
  if (!stream.listeners('error').includes(nothing)) stream.on('error', nothing);
  try {
    stream.write(text);
  } catch {
    // Nobody reads it.
  }
}

const nothing = (): void => undefined;
